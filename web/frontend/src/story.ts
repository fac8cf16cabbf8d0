// The story of a call in sentences: what a caller who gave up meets, from the first menu
// to hanging up. What else happens is told in phrases (trace.tsx).
import type { Fact } from "./api";
import { ownTexts, t } from "./texts";
import { duration } from "./time";

const own = ownTexts({
  en: {
    withheld: "a withheld number",
    started: (from: string, to: string) => `The call came in from ${from} to ${to}.`,
    menu: (node: string) => `The caller heard the menu “${node}”.`,
    key: (node: string, key: string) => `The caller pressed ${key} in the menu “${node}”.`,
    zero: (node: string, during: boolean) => `The caller pressed 0 for a person ${during ? "while the menu" : "after the menu"} “${node}” was read out.`,
    entered: (queue: string, place: number) => `The caller entered the queue ${queue} in place ${place}.`,
    told: (wait: string) => `The caller was told that it would take ${wait}.`,
    grown: (wait: string) => `The caller was told that it would take longer than was said before: ${wait}.`,
    offered: (why: string) => `The caller was offered a callback (${why}).`,
    rings: (agent: string) => `It began to ring at ${agent}.`,
    offers: {
      accepted: (agent, d) => `${agent} answered after ${d}.`,
      declined: (agent, d) => `${agent} declined after ${d} of ringing.`,
      no_answer: (agent, d) => `${agent} did not answer: it rang for ${d}.`,
      cancelled: (agent, d) => `It stopped ringing at ${agent} after ${d}, unanswered.`,
    } as Offers,
    broken: (high: string, waited: string) => `Last time the caller was told ${high} at most, and waited ${waited}: that promise was broken.`,
    gaveUp: (queue: string, d: string) => `The caller gave up after ${d} in the queue ${queue}.`,
    hungUpIn: (node: string) => `The caller hung up in the menu “${node}”.`,
    hungUp: "The caller hung up.",
  },
  es: {
    withheld: "un número oculto",
    started: (from, to) => `La llamada entró de ${from} al ${to}.`,
    menu: (node) => `Quien llama oyó el menú «${node}».`,
    key: (node, key) => `Quien llama pulsó ${key} en el menú «${node}».`,
    zero: (node, during) => `Quien llama pulsó 0 para hablar con una persona ${during ? "mientras se leía" : "tras oír"} el menú «${node}».`,
    entered: (queue, place) => `Quien llama entró en la cola ${queue} en el puesto ${place}.`,
    told: (wait) => `Se le dijo que tardaría ${wait}.`,
    grown: (wait) => `Se le dijo que tardaría más de lo dicho antes: ${wait}.`,
    offered: (why) => `Se le ofreció una devolución de llamada (${why}).`,
    rings: (agent) => `Empezó a sonar en ${agent}.`,
    offers: {
      accepted: (agent, d) => `${agent} contestó tras ${d}.`,
      declined: (agent, d) => `${agent} rechazó tras sonar ${d}.`,
      no_answer: (agent, d) => `${agent} no contestó: sonó ${d}.`,
      cancelled: (agent, d) => `Dejó de sonar en ${agent} tras ${d}, sin respuesta.`,
    },
    broken: (high, waited) => `La última vez se le dijo ${high} como máximo y esperó ${waited}: esa promesa no se cumplió.`,
    gaveUp: (queue, d) => `Quien llama desistió tras ${d} en la cola ${queue}.`,
    hungUpIn: (node) => `Quien llama colgó en el menú «${node}».`,
    hungUp: "Quien llama colgó.",
  },
  ko: {
    withheld: "발신 번호 숨김",
    started: (from, to) => `전화가 들어왔습니다 (${from} → ${to}).`,
    menu: (node) => `고객이 “${node}” 메뉴를 들었습니다.`,
    key: (node, key) => `고객이 “${node}” 메뉴에서 ${key}번을 눌렀습니다.`,
    zero: (node, during) => `고객이 “${node}” 메뉴 안내 ${during ? "도중에" : "후에"} 상담원을 찾아 0번을 눌렀습니다.`,
    entered: (queue, place) => `고객이 ${queue} 대기열에 ${place}번째로 들어왔습니다.`,
    told: (wait) => `고객에게 예상 대기 시간을 안내했습니다: ${wait}.`,
    grown: (wait) => `고객에게 앞서 안내한 것보다 오래 걸린다고 안내했습니다: ${wait}.`,
    offered: (why) => `고객에게 콜백을 제안했습니다 (${why}).`,
    rings: (agent) => `상담원 ${agent}에게 벨이 울리기 시작했습니다.`,
    offers: {
      accepted: (agent, d) => `상담원 ${agent}이(가) ${d} 만에 받았습니다.`,
      declined: (agent, d) => `상담원 ${agent}이(가) ${d} 동안 울린 뒤 거절했습니다.`,
      no_answer: (agent, d) => `상담원 ${agent}이(가) 받지 않았습니다. 벨이 ${d} 동안 울렸습니다.`,
      cancelled: (agent, d) => `상담원 ${agent}에게 울리던 벨이 응답 없이 ${d} 만에 멈췄습니다.`,
    },
    broken: (high, waited) => `지난번에 고객에게 최대 ${high}(이)라고 안내했으나 ${waited} 기다렸습니다. 지키지 못한 약속입니다.`,
    gaveUp: (queue, d) => `고객이 ${queue} 대기열에서 ${d} 만에 포기했습니다.`,
    hungUpIn: (node) => `고객이 “${node}” 메뉴에서 끊었습니다.`,
    hungUp: "고객이 전화를 끊었습니다.",
  },
  ja: {
    withheld: "番号非通知",
    started: (from, to) => `${from} から ${to} に電話がかかってきました。`,
    menu: (node) => `お客様がメニュー「${node}」を聞きました。`,
    key: (node, key) => `お客様がメニュー「${node}」で ${key} を押しました。`,
    zero: (node, during) => `お客様がメニュー「${node}」の案内${during ? "の途中で" : "の後で"}、担当者を求めて 0 を押しました。`,
    entered: (queue, place) => `お客様が ${queue} の列に ${place} 番目で入りました。`,
    told: (wait) => `お客様に待ち時間を案内しました：${wait}。`,
    grown: (wait) => `お客様に、前の案内より長くかかると案内しました：${wait}。`,
    offered: (why) => `お客様に折り返しを案内しました（${why}）。`,
    rings: (agent) => `${agent} を呼び出し始めました。`,
    offers: {
      accepted: (agent, d) => `${agent} が ${d} で応答しました。`,
      declined: (agent, d) => `${agent} が ${d} の呼び出しの後に拒否しました。`,
      no_answer: (agent, d) => `${agent} は応答しませんでした。呼び出しは ${d} でした。`,
      cancelled: (agent, d) => `${agent} の呼び出しは応答のないまま ${d} で止まりました。`,
    },
    broken: (high, waited) => `前回お客様に最大 ${high} と案内し、${waited} お待たせしました。守れなかった約束です。`,
    gaveUp: (queue, d) => `お客様は ${queue} の列で ${d} 待ってあきらめました。`,
    hungUpIn: (node) => `お客様がメニュー「${node}」で電話を切りました。`,
    hungUp: "お客様が電話を切りました。",
  },
});

type Offers = Record<string, (agent: string, d: string) => string>;
type Data = Record<string, unknown>;

interface Telling {
  say: (d: Data) => string; // "": in phrases, as if it were not here
  says: string[]; // the fields that need not be told again
}

const text = (v: unknown) => (typeof v === "string" ? v : "");
const number = (v: unknown) => (typeof v === "number" ? v : 0);
const length = (v: unknown) => duration(number(v) * 1000);
const caller = (v: unknown) => (/^\+?\d+$/.test(text(v)) ? text(v) : own.withheld);

const tellings: Record<string, Telling> = {
  "call.started": {
    say: (d) => (d.refused || d.again ? "" : own.started(caller(d.from), text(d.to))),
    says: ["from", "to", "node", "from_written", "to_written"],
  },
  "ivr.node_entered": { say: (d) => own.menu(text(d.node)), says: ["node"] },
  "ivr.input": { say: (d) => own.key(text(d.node), text(d.digit)), says: ["node", "digit"] },
  "ivr.zero": { say: (d) => own.zero(text(d.node), d.during_prompt === true), says: ["node", "during_prompt"] },
  "queue.entered": {
    say: (d) => (d.kind === "live" && d.origin === "menu" && !d.by && !d.note && !d.moved_by ? own.entered(text(d.queue), number(d.position)) : ""),
    says: ["queue", "position", "from", "to", "name"],
  },
  "ewt.announced": { say: (d) => (d.grown ? own.grown : own.told)(range(number(d.low_s), number(d.high_s))), says: ["low_s", "high_s", "grown"] },
  "callback.offered": { say: (d) => own.offered(t.words[text(d.why)] ?? text(d.why)), says: ["why"] },
  "offer.started": { say: (d) => own.rings(text(d.agent)), says: [] },
  "offer.ended": { say: (d) => own.offers[text(d.how)]?.(text(d.agent), length(d.ring_s)) ?? "", says: ["how", "agent", "ring_s"] },
  "promise.broken": { say: (d) => own.broken(length(d.high_s), length(d.waited_s)), says: ["high_s", "waited_s"] },
  "queue.left": {
    say: (d) => (text(d.outcome).startsWith("abandoned") ? own.gaveUp(text(d.queue), length(d.queue_s)) : ""),
    says: ["outcome", "queue", "queue_s"],
  },
  "call.ended": {
    say: (d) => (d.side !== "caller" ? "" : d.outcome === "abandoned_ivr" && d.node ? own.hungUpIn(text(d.node)) : own.hungUp),
    says: ["side", "node", "outcome"],
  },
};

/** sentence says in full what has happened; "": only phrases do. */
export function sentence({ kind, data }: Pick<Fact, "kind" | "data">): string {
  return tellings[kind]?.say((data ?? {}) as Data) ?? "";
}

/** unsaid is what the sentence of a fact leaves out. */
export function unsaid({ kind, data }: Pick<Fact, "kind" | "data">): Data {
  const says = tellings[kind]?.says ?? [];
  return Object.fromEntries(Object.entries((data ?? {}) as Data).filter(([name]) => !says.includes(name)));
}

/** range is a wait as it was told. */
export function range(low: number, high: number): string {
  if (high === 0) return low > 0 ? t.moreThan(length(low)) : "";
  return low > 0 ? t.between(length(low), length(high)) : t.lessThan(length(high));
}
