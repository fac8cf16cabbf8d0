// What a supervisor does on the floor: each act as a request, with what undoes it.
import type { Emergency, LiveAgent, LiveCaller, LiveQueue } from "./api";
import { ownTexts } from "./texts";
import { clock } from "./time";

export interface Act {
  method: "PUT" | "DELETE";
  path: string;
  body?: unknown;
  said: string; // what it has done
  undo?: Act;
}

const own = ownTexts({
  en: {
    opened: (q: string, until: string) => `${q} is open${until && ` until ${until}`}`,
    closed: (q: string, until: string) => `${q} is closed${until && ` until ${until}`}`,
    hours: (q: string) => `${q} follows its hours again`,
    peak: (q: string, until: string) => `${q} has peak until ${until}`,
    noPeak: (q: string) => `${q} has no peak any more`,
    next: (who: string) => `${who} is next`,
    notNext: (who: string) => `${who} has the old place again`,
    moved: (who: string, q: string) => `${who} waits in ${q}`,
    away: (who: string) => `${who} is away`,
    back: (who: string) => `${who} takes calls again`,
    leaves: (who: string) => `${who} is signed out after this talk`,
    stays: (who: string) => `${who} stays signed in`,
    today: (who: string) => `${who} has other queues and skills today`,
    usual: (who: string) => `${who} has the usual queues and skills`,
    helped: (who: string) => `The call of ${who} for help is answered`,
    emergency: (until: string) => `Every caller hears the text until ${until}`,
    calm: "The emergency text is off",
  },
  es: {
    opened: (q, until) => `${q} está abierta${until && ` hasta las ${until}`}`,
    closed: (q, until) => `${q} está cerrada${until && ` hasta las ${until}`}`,
    hours: (q) => `${q} sigue de nuevo su horario`,
    peak: (q, until) => `${q} en hora punta hasta las ${until}`,
    noPeak: (q) => `${q} ya no está en hora punta`,
    next: (who) => `${who} es el siguiente`,
    notNext: (who) => `${who} vuelve a su lugar`,
    moved: (who, q) => `${who} espera en ${q}`,
    away: (who) => `${who} está ausente`,
    back: (who) => `${who} vuelve a recibir llamadas`,
    leaves: (who) => `${who} saldrá tras esta conversación`,
    stays: (who) => `${who} sigue conectado`,
    today: (who) => `${who} tiene hoy otras colas y habilidades`,
    usual: (who) => `${who} tiene sus colas y habilidades de siempre`,
    helped: (who) => `La petición de ayuda de ${who} está atendida`,
    emergency: (until) => `Todos oyen el aviso hasta las ${until}`,
    calm: "El aviso de emergencia está desactivado",
  },
  ko: {
    opened: (q, until) => `${q} 대기열을 ${until && `${until}까지 `}열었습니다`,
    closed: (q, until) => `${q} 대기열을 ${until && `${until}까지 `}닫았습니다`,
    hours: (q) => `${q} 대기열은 다시 운영 시간을 따릅니다`,
    peak: (q, until) => `${q} 대기열은 ${until}까지 피크입니다`,
    noPeak: (q) => `${q} 대기열의 피크를 껐습니다`,
    next: (who) => `${who} 님이 다음 차례입니다`,
    notNext: (who) => `${who} 님은 원래 순서로 돌아갔습니다`,
    moved: (who, q) => `${who} 님은 ${q} 대기열에서 기다립니다`,
    away: (who) => `${who} 님은 자리 비움입니다`,
    back: (who) => `${who} 님이 다시 전화를 받습니다`,
    leaves: (who) => `${who} 님은 이 통화 후 로그아웃됩니다`,
    stays: (who) => `${who} 님은 로그인을 유지합니다`,
    today: (who) => `${who} 님의 오늘 대기열과 스킬을 바꿨습니다`,
    usual: (who) => `${who} 님의 대기열과 스킬이 평소대로입니다`,
    helped: (who) => `${who} 님의 도움 요청에 응답했습니다`,
    emergency: (until) => `${until}까지 모든 고객이 안내를 듣습니다`,
    calm: "긴급 안내를 껐습니다",
  },
  ja: {
    opened: (q, until) => `${q}は${until && `${until}まで`}受付中です`,
    closed: (q, until) => `${q}は${until && `${until}まで`}受付終了です`,
    hours: (q) => `${q}は受付時間どおりに戻りました`,
    peak: (q, until) => `${q}は${until}までピークです`,
    noPeak: (q) => `${q}のピークを終えました`,
    next: (who) => `${who}さんが次です`,
    notNext: (who) => `${who}さんは元の順番に戻りました`,
    moved: (who, q) => `${who}さんは${q}で待っています`,
    away: (who) => `${who}さんは離席中です`,
    back: (who) => `${who}さんは再び電話を受けます`,
    leaves: (who) => `${who}さんはこの通話のあとサインアウトします`,
    stays: (who) => `${who}さんはサインインしたままです`,
    today: (who) => `${who}さんの今日のキューとスキルを変えました`,
    usual: (who) => `${who}さんのキューとスキルは通常どおりです`,
    helped: (who) => `${who}さんの支援要請に対応しました`,
    emergency: (until) => `${until}まで全員に案内が流れます`,
    calm: "緊急案内を止めました",
  },
});

const api = "/api/v1";
const part = encodeURIComponent;
const at = (until: string | undefined) => (until ? clock(until) : "");

/** withUndo gives an act what undoes it. */
const withUndo = (act: Act, undo: Act): Act => ({ ...act, undo });

const switched = (q: LiveQueue, open: boolean, until: string): Act => ({
  method: "PUT",
  path: `${api}/queues/${part(q.name)}/door`,
  body: { open, until },
  said: (open ? own.opened : own.closed)(q.name, at(until)),
});
const byHours = (q: LiveQueue): Act => ({ method: "DELETE", path: `${api}/queues/${part(q.name)}/door`, said: own.hours(q.name) });
const doorNow = (q: LiveQueue) => (q.switched ? switched(q, q.switched.open, q.switched.until) : byHours(q));

/** door opens or closes a queue until a time; "": until its hours next change. */
export const door = (q: LiveQueue, open: boolean, until: string): Act => withUndo(switched(q, open, until), doorNow(q));
/** hours lets the hours of a queue decide again. */
export const hours = (q: LiveQueue): Act => withUndo(byHours(q), doorNow(q));

const peaked = (q: LiveQueue, until: string): Act => ({
  method: "PUT",
  path: `${api}/queues/${part(q.name)}/peak`,
  body: { until },
  said: own.peak(q.name, at(until)),
});
const unpeaked = (q: LiveQueue): Act => ({ method: "DELETE", path: `${api}/queues/${part(q.name)}/peak`, said: own.noPeak(q.name) });
const peakNow = (q: LiveQueue) => (q.peak ? peaked(q, q.peak.until) : unpeaked(q));

/** peak gives a queue peak until a time; "" ends it. */
export const peak = (q: LiveQueue, until: string): Act => withUndo(until ? peaked(q, until) : unpeaked(q), peakNow(q));

/** nameOf is a caller as acts call one. */
export const nameOf = (c: LiveCaller) => c.name || c.number || c.call;

const nexted = (c: LiveCaller): Act => ({ method: "PUT", path: `${api}/waiting/${part(c.call)}/next`, said: own.next(nameOf(c)) });
const unnexted = (c: LiveCaller): Act => ({ method: "DELETE", path: `${api}/waiting/${part(c.call)}/next`, said: own.notNext(nameOf(c)) });

/** next puts a caller at the front, or back to the old place. */
export const next = (c: LiveCaller): Act => (c.next ? withUndo(unnexted(c), nexted(c)) : withUndo(nexted(c), unnexted(c)));

const inQueue = (c: LiveCaller, queue: string): Act => ({
  method: "PUT",
  path: `${api}/waiting/${part(c.call)}/queue`,
  body: { queue },
  said: own.moved(nameOf(c), queue),
});

/** move has a caller wait in another queue. */
export const move = (c: LiveCaller, from: string, to: string): Act => withUndo(inQueue(c, to), inQueue(c, from));

const agentPath = (a: LiveAgent, what: string) => `${api}/agents/${part(a.agent)}/${what}`;
const called = (a: LiveAgent) => a.name || a.agent;

const sent = (a: LiveAgent, reason: string): Act => ({ method: "PUT", path: agentPath(a, "away"), body: { reason }, said: own.away(called(a)) });
const fetched = (a: LiveAgent): Act => ({ method: "DELETE", path: agentPath(a, "away"), said: own.back(called(a)) });

/** away sets an agent away. */
export const away = (a: LiveAgent, reason: string): Act => withUndo(sent(a, reason), fetched(a));
/** back makes an agent available whom a supervisor has set away. */
export const back = (a: LiveAgent): Act => withUndo(fetched(a), sent(a, a.reason ?? ""));

const leaves = (a: LiveAgent): Act => ({ method: "PUT", path: agentPath(a, "leaving"), said: own.leaves(called(a)) });
const stays = (a: LiveAgent): Act => ({ method: "DELETE", path: agentPath(a, "leaving"), said: own.stays(called(a)) });

/** leaving signs an agent out after the talk, or takes that back. */
export const leaving = (a: LiveAgent): Act => (a.leaving ? withUndo(stays(a), leaves(a)) : withUndo(leaves(a), stays(a)));

export interface Work {
  queues: string[];
  skills: Record<string, number>;
}

/** workOf is what an agent does now. */
export const workOf = (a: LiveAgent): Work => ({ queues: a.queues, skills: Object.fromEntries((a.skills ?? []).map((s) => [s.name, s.level])) });

const assigned = (a: LiveAgent, work: Work): Act => ({ method: "PUT", path: agentPath(a, "today"), body: work, said: own.today(called(a)) });
const asUsual = (a: LiveAgent): Act => ({ method: "DELETE", path: agentPath(a, "today"), said: own.usual(called(a)) });
const workNow = (a: LiveAgent) => (a.today ? assigned(a, workOf(a)) : asUsual(a));

/** today gives an agent queues and skills for today; null: the usual ones. */
export const today = (a: LiveAgent, work: Work | null): Act => withUndo(work ? assigned(a, work) : asUsual(a), workNow(a));

/** helped says that a call for help is answered; that cannot be undone. */
export const helped = (a: LiveAgent): Act => ({ method: "DELETE", path: agentPath(a, "help"), said: own.helped(called(a)) });

const spoken = (text: string, until: string): Act => ({ method: "PUT", path: `${api}/emergency`, body: { text, until }, said: own.emergency(at(until)) });
const silenced: Act = { method: "DELETE", path: `${api}/emergency`, said: own.calm };
const emergencyNow = (e: Emergency | undefined): Act | undefined => (!e ? silenced : e.text ? spoken(e.text, e.until) : undefined); // a recording cannot be brought back

const maybe = (act: Act, undo: Act | undefined): Act => (undo ? withUndo(act, undo) : act);

/** emergency has every caller hear a text first, until a time. */
export const emergency = (before: Emergency | undefined, text: string, until: string): Act => maybe(spoken(text, until), emergencyNow(before));
/** recording does so with a voice, which is sent as a form. */
export const recording = (before: Emergency | undefined, sound: FormData, until: string): Act =>
  maybe({ method: "PUT", path: `${api}/emergency/audio?until=${part(until)}`, body: sound, said: own.emergency(at(until)) }, emergencyNow(before));
/** calm ends that. */
export const calm = (before: Emergency | undefined): Act => maybe(silenced, before && emergencyNow(before));
