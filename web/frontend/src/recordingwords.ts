// The words for recordings: what happened in them, what has become of them.
import type { Mark, Recording } from "./api";
import { ownTexts } from "./texts";

export const words = ownTexts({
  en: {
    marks: {
      notice: "Told of the recording",
      consent: "Agreed",
      refused: "Refused to be recorded",
      hold: "On hold",
      pause: "Recording paused",
      disk: "The disk did not take it",
      gap: "The agent's page was away",
      ask: "Asks somebody",
      all: "All three talk",
      listen: "A supervisor listens",
      whisper: "A supervisor whispers",
      join: "A supervisor joins",
      keys: "Keys pressed",
      mark: "Marked by the agent",
      handover: "Handed over",
    } as Record<string, string>,
    details: {
      stayed: "stayed on the line",
      key: "by a key",
      agent: "by the agent",
      sensitive: "for what may not be kept",
    } as Record<string, string>,
    states: { on: "is being recorded", stopped: "not yet in the archive", kept: "kept", removed: "removed", absent: "not recorded" } as Record<string, string>,
    why: {
      off: "recording is off here",
      refused: "the caller refused",
      outside_refused: "the number outside refused",
      outside_no_notice: "the number outside was not told, or did not agree",
      no_notice: "the caller was not told, or did not agree",
      share: "not among those that are recorded",
      on_demand: "nobody asked for it",
      disk: "the disk did not take it",
      media: "the media process could not",
      failed: "it failed",
      age: "it was kept long enough",
      person: "the person wanted it",
    } as Record<string, string>,
    directions: { in: "", callback: "callback", out: "called by the agent" } as Record<string, string>,
    title: "Recordings",
    hear: "Open the recording",
  },
  es: {
    marks: {
      notice: "Avisada de la grabación",
      consent: "Aceptó",
      refused: "Rechazó la grabación",
      hold: "Retenida",
      pause: "Grabación en pausa",
      disk: "El disco no la admitió",
      gap: "La página del agente no estaba",
      ask: "Consulta a alguien",
      all: "Hablan los tres",
      listen: "Un supervisor escucha",
      whisper: "Un supervisor habla al oído",
      join: "Un supervisor entra",
      keys: "Teclas pulsadas",
      mark: "Marcado por el agente",
      handover: "Traspasada",
    },
    details: { stayed: "siguió en la línea", key: "con una tecla", agent: "a través del agente", sensitive: "por lo que no debe guardarse" },
    states: { on: "se está grabando", stopped: "aún no está en el archivo", kept: "guardada", removed: "eliminada", absent: "sin grabar" },
    why: {
      off: "aquí no se graba",
      refused: "la persona lo rechazó",
      outside_refused: "el número externo lo rechazó",
      outside_no_notice: "no se avisó al número externo, o no aceptó",
      no_notice: "no se avisó, o no aceptó",
      share: "no está entre las que se graban",
      on_demand: "nadie lo pidió",
      disk: "el disco no la admitió",
      media: "el proceso de audio no pudo",
      failed: "falló",
      age: "se guardó el tiempo previsto",
      person: "lo pidió la persona",
    },
    directions: { in: "", callback: "devolución de llamada", out: "llamó el agente" },
    title: "Grabaciones",
    hear: "Abrir la grabación",
  },
  ko: {
    marks: {
      notice: "녹음 안내",
      consent: "동의",
      refused: "녹음 거부",
      hold: "보류",
      pause: "녹음 일시 중지",
      disk: "디스크에 쓸 수 없었음",
      gap: "상담원 페이지 끊김",
      ask: "문의 통화",
      all: "3자 통화",
      listen: "관리자 청취",
      whisper: "관리자 귓속말",
      join: "관리자 참여",
      keys: "키 누름",
      mark: "상담원 표시",
      handover: "넘김",
    },
    details: { stayed: "계속 대기함", key: "키로", agent: "상담원을 통해", sensitive: "저장하면 안 되는 내용" },
    states: { on: "녹음 중", stopped: "아직 보관소에 없음", kept: "보관됨", removed: "삭제됨", absent: "녹음 없음" },
    why: {
      off: "녹음하지 않음",
      refused: "고객이 거부함",
      outside_refused: "외부 번호가 거부함",
      outside_no_notice: "외부 번호에 안내되지 않았거나 동의하지 않음",
      no_notice: "안내되지 않았거나 동의하지 않음",
      share: "녹음 대상이 아님",
      on_demand: "요청한 사람이 없음",
      disk: "디스크에 쓸 수 없었음",
      media: "미디어 프로세스가 녹음하지 못함",
      failed: "실패함",
      age: "보관 기간이 지남",
      person: "본인이 요청함",
    },
    directions: { in: "", callback: "콜백", out: "상담원 발신" },
    title: "녹음",
    hear: "녹음 열기",
  },
  ja: {
    marks: {
      notice: "録音の案内",
      consent: "同意",
      refused: "録音を拒否",
      hold: "保留",
      pause: "録音の一時停止",
      disk: "ディスクに書き込めず",
      gap: "担当者のページが不在",
      ask: "問い合わせ",
      all: "三者通話",
      listen: "管理者が聴取",
      whisper: "管理者がささやき",
      join: "管理者が参加",
      keys: "キー操作",
      mark: "担当者の印",
      handover: "転送",
    },
    details: { stayed: "そのまま待った", key: "キーで", agent: "担当者を通じて", sensitive: "残してはならない内容" },
    states: { on: "録音中", stopped: "まだ保管庫にありません", kept: "保管済み", removed: "削除済み", absent: "録音なし" },
    why: {
      off: "録音は行われていません",
      refused: "お客様が拒否",
      outside_refused: "外線の相手が拒否",
      outside_no_notice: "外線の相手に案内されなかった、または同意がない",
      no_notice: "案内されなかった、または同意がない",
      share: "録音の対象外",
      on_demand: "依頼がなかった",
      disk: "ディスクに書き込めなかった",
      media: "メディアプロセスが録音できなかった",
      failed: "失敗",
      age: "保管期間が過ぎた",
      person: "本人の求めによる",
    },
    directions: { in: "", callback: "折り返し", out: "担当者が発信" },
    title: "録音",
    hear: "録音を開く",
  },
});

/** markWords is a mark in words. */
export function markWords(m: Mark): string {
  const detail = words.details[m.text] ?? m.text;
  return [words.marks[m.kind] ?? m.kind, m.by, detail].filter(Boolean).join(" · ");
}

/** stateWords is what has become of a recording, in words. */
export function stateWords(r: Recording): string {
  const why = words.why[r.why ?? ""] ?? "";
  return [words.states[r.state] ?? r.state, why].filter(Boolean).join(": ");
}

/** recordingHref is where a recording is heard. */
export function recordingHref(id: string): string {
  return `/recordings?recording=${encodeURIComponent(id)}`;
}
