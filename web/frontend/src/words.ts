// The words for a queue in figures, on the floor and on the wall.
import type { Crossing, GaveUp, QueueFigures, ToldNow } from "./api";
import { locale, ownTexts } from "./texts";
import { clock, duration } from "./time";

export const words = ownTexts({
  en: {
    waiting: "waiting",
    longest: "longest wait",
    told: "Callers are told",
    toldNothing: "nothing",
    range: (low: number, high: number) => (high === 0 ? `over ${low} min` : low === 0 ? `up to ${high} min` : `${low} to ${high} min`),
    level: (target: string) => `answered in ${target}`,
    levelSoFar: (target: string) => `in ${target}, so far`,
    soFar: (n: number) => `so far: ${n} still ${n === 1 ? "waits" : "wait"}`,
    ofCallers: (n: number) => `of ${n} ${n === 1 ? "caller" : "callers"} today`,
    nobodyYet: "no caller yet today",
    noReports: "the reports do not answer",
    gaveUp: "Gave up, last 15 minutes",
    gaveUpLately: (n: number) => `${n} gave up, 15 min`,
    nobody: "nobody",
    places: { menu: "in the menus", line: "in the line", ringing: "while it rang" } as Record<string, string>,
    waited: (median: string, longest: string) => `after ${median}, the longest ${longest}`,
    agents: "Agents",
    stands: { free: "free", talking: "talking", ringing: "ringing", wrap_up: "after-call work", away: "away", cannot_ring: "cannot ring" } as Record<
      string,
      string
    >,
    nobodySigned: "nobody is signed in",
    closed: "Closed",
    peak: "Peak",
    callbacks: "to call back",
    late: (by: string) => `a callback is ${by} late`,
    overdue: (n: number) => `${n} overdue ${n === 1 ? "message" : "messages"}`,
    limits: {
      longest_wait: (b: string) => `Somebody has waited longer than ${b}`,
      waiting: (b: string) => `More than ${b} wait`,
      service_level: (b: string) => `Service level below ${b}`,
      message_overdue: (b: string) => `A message is overdue for more than ${b}`,
      nobody: (b: string) => `Nobody at work for ${b}`,
      callback_late: (b: string) => `A callback is late by more than ${b}`,
    } as Record<string, (bound: string) => string>,
    since: (at: string) => `since ${at}`,
    shortLimits: {
      longest_wait: "Long wait",
      waiting: "Many wait",
      service_level: "Service level",
      message_overdue: "Message overdue",
      nobody: "Nobody at work",
      callback_late: "Callback late",
    } as Record<string, string>,
    worst: "Worst",
    stale: "No connection: these figures are old.",
    soundOn: "Sound on",
    soundOff: "Sound off",
    soundBlocked: "The browser keeps this page silent until you click here.",
  },
  es: {
    waiting: "esperan",
    longest: "espera máxima",
    told: "Se anuncia",
    toldNothing: "nada",
    range: (low, high) => (high === 0 ? `más de ${low} min` : low === 0 ? `hasta ${high} min` : `de ${low} a ${high} min`),
    level: (target) => `atendidas en ${target}`,
    levelSoFar: (target) => `en ${target}, por ahora`,
    soFar: (n) => `por ahora: ${n === 1 ? "1 aún espera" : `${n} aún esperan`}`,
    ofCallers: (n) => `de ${n} ${n === 1 ? "llamada" : "llamadas"} hoy`,
    nobodyYet: "hoy aún no ha llamado nadie",
    noReports: "los informes no responden",
    gaveUp: "Colgaron, últimos 15 minutos",
    gaveUpLately: (n) => `${n} colgaron, 15 min`,
    nobody: "nadie",
    places: { menu: "en los menús", line: "en la cola", ringing: "mientras sonaba" },
    waited: (median, longest) => `tras ${median}, como máximo ${longest}`,
    agents: "Agentes",
    stands: { free: "libres", talking: "hablando", ringing: "sonando", wrap_up: "trabajo posterior", away: "ausentes", cannot_ring: "sin teléfono" },
    nobodySigned: "no hay nadie conectado",
    closed: "Cerrada",
    peak: "Hora punta",
    callbacks: "por devolver",
    late: (by) => `una devolución con ${by} de retraso`,
    overdue: (n) => `${n} ${n === 1 ? "mensaje vencido" : "mensajes vencidos"}`,
    limits: {
      longest_wait: (b) => `Alguien espera más de ${b}`,
      waiting: (b) => `Esperan más de ${b}`,
      service_level: (b) => `Nivel de servicio por debajo de ${b}`,
      message_overdue: (b) => `Un mensaje vencido hace más de ${b}`,
      nobody: (b) => `Nadie trabajando desde hace ${b}`,
      callback_late: (b) => `Una devolución con más de ${b} de retraso`,
    },
    since: (at) => `desde las ${at}`,
    shortLimits: {
      longest_wait: "Espera larga",
      waiting: "Muchos esperan",
      service_level: "Nivel de servicio",
      message_overdue: "Mensaje vencido",
      nobody: "Nadie trabajando",
      callback_late: "Devolución tarde",
    },
    worst: "Lo peor",
    stale: "Sin conexión: estas cifras son antiguas.",
    soundOn: "Sonido activado",
    soundOff: "Sonido desactivado",
    soundBlocked: "El navegador silencia esta página hasta que pulse aquí.",
  },
  ko: {
    waiting: "대기",
    longest: "최장 대기",
    told: "안내되는 대기 시간",
    toldNothing: "없음",
    range: (low, high) => (high === 0 ? `${low}분 초과` : low === 0 ? `${high}분 이내` : `${low}~${high}분`),
    level: (target) => `${target} 안에 응답`,
    levelSoFar: (target) => `${target} 안, 잠정`,
    soFar: (n) => `잠정: ${n}명 대기 중`,
    ofCallers: (n) => `오늘 ${n}명 중`,
    nobodyYet: "오늘은 아직 전화가 없습니다",
    noReports: "보고서가 응답하지 않습니다",
    gaveUp: "최근 15분간 포기",
    gaveUpLately: (n) => `15분간 ${n}명 포기`,
    nobody: "없음",
    places: { menu: "메뉴에서", line: "대기 중에", ringing: "호출 중에" },
    waited: (median, longest) => `${median} 후, 최장 ${longest}`,
    agents: "상담원",
    stands: { free: "가능", talking: "통화", ringing: "호출", wrap_up: "후처리", away: "자리 비움", cannot_ring: "호출 불가" },
    nobodySigned: "로그인한 사람이 없습니다",
    closed: "닫힘",
    peak: "피크",
    callbacks: "콜백 예정",
    late: (by) => `콜백이 ${by} 늦음`,
    overdue: (n) => `기한 지난 메시지 ${n}건`,
    limits: {
      longest_wait: (b) => `${b}보다 오래 기다린 고객이 있음`,
      waiting: (b) => `${b}명보다 많이 대기`,
      service_level: (b) => `서비스 레벨 ${b} 미만`,
      message_overdue: (b) => `메시지 기한이 ${b} 넘게 지남`,
      nobody: (b) => `${b} 동안 근무자 없음`,
      callback_late: (b) => `콜백이 ${b} 넘게 늦음`,
    },
    since: (at) => `${at}부터`,
    shortLimits: {
      longest_wait: "긴 대기",
      waiting: "대기 많음",
      service_level: "서비스 레벨",
      message_overdue: "메시지 기한 지남",
      nobody: "근무자 없음",
      callback_late: "콜백 늦음",
    },
    worst: "최악",
    stale: "연결 끊김: 오래된 수치입니다.",
    soundOn: "소리 켜짐",
    soundOff: "소리 꺼짐",
    soundBlocked: "여기를 누르기 전에는 브라우저가 이 페이지의 소리를 막습니다.",
  },
  ja: {
    waiting: "待ち",
    longest: "最長の待ち",
    told: "案内中の待ち時間",
    toldNothing: "なし",
    range: (low, high) => (high === 0 ? `${low}分以上` : low === 0 ? `${high}分以内` : `${low}〜${high}分`),
    level: (target) => `${target}以内に応答`,
    levelSoFar: (target) => `${target}以内、暫定`,
    soFar: (n) => `暫定: ${n}人が待っています`,
    ofCallers: (n) => `今日の${n}人中`,
    nobodyYet: "今日はまだ着信がありません",
    noReports: "レポートが応答しません",
    gaveUp: "直近15分の放棄",
    gaveUpLately: (n) => `15分間に${n}人放棄`,
    nobody: "なし",
    places: { menu: "メニューで", line: "キューで", ringing: "呼び出し中に" },
    waited: (median, longest) => `${median}後、最長${longest}`,
    agents: "担当者",
    stands: { free: "空き", talking: "通話", ringing: "呼び出し", wrap_up: "後処理", away: "離席", cannot_ring: "呼び出し不可" },
    nobodySigned: "サインインしている人がいません",
    closed: "受付終了",
    peak: "ピーク",
    callbacks: "折り返し待ち",
    late: (by) => `折り返しが${by}遅れています`,
    overdue: (n) => `期限切れのメッセージ${n}件`,
    limits: {
      longest_wait: (b) => `${b}より長く待っている人がいます`,
      waiting: (b) => `${b}人より多く待っています`,
      service_level: (b) => `サービスレベルが${b}未満です`,
      message_overdue: (b) => `メッセージの期限切れが${b}を超えました`,
      nobody: (b) => `${b}のあいだ担当者がいません`,
      callback_late: (b) => `折り返しが${b}を超えて遅れています`,
    },
    since: (at) => `${at}から`,
    shortLimits: {
      longest_wait: "長い待ち",
      waiting: "待ちが多い",
      service_level: "サービスレベル",
      message_overdue: "メッセージ期限切れ",
      nobody: "担当者なし",
      callback_late: "折り返し遅れ",
    },
    worst: "最悪",
    stale: "接続が切れています。古い数字です。",
    soundOn: "音あり",
    soundOff: "音なし",
    soundBlocked: "ここを押すまで、ブラウザーがこのページの音を止めています。",
  },
});

/** toldWords is the wait that callers are told. */
export function toldWords(told: ToldNow | null): string {
  return told ? words.range(told.low_s / 60, told.high_s / 60) : words.toldNothing;
}

const roundly = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

/** measure writes a figure of a limit, or its bound. */
export function measure(limit: string, value: number): string {
  if (limit === "waiting") return String(value);
  return limit === "service_level" ? roundly.format(value) : duration(1000 * value);
}

const unit = ownTexts({ en: "\u00a0s", es: "\u00a0s", ko: "초", ja: "秒" });

/** inSeconds writes seconds with their unit. */
export const inSeconds = (seconds: number): string => `${Math.round(seconds)}${unit}`;

/** target is the wait of the service level: in seconds as long as people say it so. */
export function target(seconds: number): string {
  return seconds < 120 ? inSeconds(seconds) : duration(1000 * seconds);
}

/** limitWords says that a limit is crossed; the same words as long as it is. */
export function limitWords(c: Crossing): string {
  return words.limits[c.limit]?.(measure(c.limit, c.bound)) ?? c.limit;
}

/** crossedWords is who crossed what, since when. */
export function crossedWords(c: Crossing): string {
  return `${c.queue}: ${limitWords(c)}, ${words.since(clock(c.crossed))}`;
}

/** gaveUpWords is how many gave up at one place, and after how long. */
export function gaveUpWords(g: GaveUp): string {
  return `${g.callers} ${words.places[g.place]} (${words.waited(duration(1000 * g.median_s), duration(1000 * g.longest_s))})`;
}

/** gaveUpAll is how many gave up in a queue. */
export function gaveUpAll(q: QueueFigures): number {
  return q.gave_up.reduce((n, g) => n + g.callers, 0);
}

/** briefLimit is a limit that is crossed in a few words, with its bound. */
export function briefLimit(c: Crossing): string {
  const sign = c.limit === "service_level" ? "<" : ">";
  return `${words.shortLimits[c.limit] ?? c.limit} ${sign} ${measure(c.limit, c.bound)}`;
}

/** severity colours a queue: by what is crossed, and else not at all. */
export function severity(q: QueueFigures): "" | "crossed" {
  return q.limits.length > 0 ? "crossed" : "";
}

export const standsOf = ["free", "talking", "ringing", "wrap_up", "away", "cannot_ring"] as const;
