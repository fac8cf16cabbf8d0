// What a fact of a call says to a person: above all why this agent was chosen
// for this caller, and who was passed over.
import type { ComponentChildren } from "preact";
import type { Fact } from "./api";
import { fieldName, fieldValue } from "./fields";
import { isOfRecording, Open, recordingKinds, recordingParts } from "./recordingfacts";
import { range, sentence, unsaid } from "./story";
import { ownTexts, t } from "./texts";
import { clock, duration, moment } from "./time";

const own = ownTexts({
  en: {
    kinds: {
      "bridge.held": "Put on hold",
      "bridge.resumed": "Off hold: they talk again",
      "bridge.gap": "The agent's page went away",
      "bridge.rejoined": "The agent's page is back",
      "bridge.keys": "The agent pressed keys",
      "bridge.step": "The caller types something, unheard",
      "bridge.step_over": "The caller is back with the agent",
      "bridge.handed": "Handed over",
      "outgoing.turned": "Turned to another",
      "listen.started": "A supervisor listens",
      "listen.turned": "The supervisor changes the way of listening",
      "listen.ended": "The supervisor listens no more",
    } as Record<string, string>,
    ahead: (d: string) => `${d} ahead in line`,
    untold: "was not told so",
    asking: {
      "outgoing.dialed": "Asks somebody",
      "outgoing.answered": "Answers",
      "outgoing.joined": "The agent talks with the consulted party",
      "outgoing.ended": "The asking is over",
    } as Record<string, string>,
    onHold: (d: string) => `was on hold for ${d}`,
    music: "the caller hears music until it is back",
    away: (d: string) => `was away for ${d}`,
    keys: (n: number) => (n === 1 ? "one key" : `${n} keys`),
    turned: { caller: "to the caller", other: "to the consulted party", all: "all three talk" } as Record<string, string>,
    listens: { listen: "listens, heard by nobody", whisper: "whispers to the agent", join: "is in the call, heard by all" } as Record<string, string>,
    listensTo: (who: string, agent: string) => `${who} to ${agent}`,
    hidden: "the agent is not told",
    listenEnds: {
      stopped: "ended by the supervisor",
      over: "the talk is over",
      page_gone: "the supervisor's page is gone",
      denied: "the right has ended",
      failed: "it could not be heard",
      restart: "a restart of ours",
    } as Record<string, string>,
    listened: (d: string) => `listened for ${d}`,
    whispered: (d: string) => `whispered for ${d}`,
    joined: (d: string) => `in the call for ${d}`,
    askedBefore: "asked before",
    together: (d: string) => `${d} of it all three`,
    tookOver: "took the caller over",
    nth: (n: number) => `hand-over no. ${n} of this call`,
    to: (target: string) => `to ${target}`,
    handedBy: (agent: string) => `handed over by ${agent}`,
    backFrom: (agent: string) => `back in line, from ${agent}`,
    note: (text: string) => `note: “${text}”`,
    talked: (d: string) => `lasted ${d}`,
    held: (n: number, d: string, longest: string) => (n === 1 ? `${d} of it on hold` : `${d} of it on hold, ${n} times, at most ${longest}`),
    gap: (d: string) => `the agent's page was away for ${d}`,
    endedOnHold: "ended while on hold",
    sides: { caller: "ended by the caller", agent: "ended by the agent", us: "ended by us", system: "something broke" } as Record<string, string>,
    ends: {
      handed: "handed over",
      put_back: "put back in line",
      caller_chose: "the caller chose it by a key while on hold",
      agent_lost: "the agent's page did not come back",
    } as Record<string, string>,
  },
  es: {
    kinds: {
      "bridge.held": "Retenida",
      "bridge.resumed": "Ya no retenida: hablan de nuevo",
      "bridge.gap": "La página del agente desapareció",
      "bridge.rejoined": "La página del agente ha vuelto",
      "bridge.keys": "El agente pulsó teclas",
      "bridge.step": "Quien llama teclea algo sin ser oído",
      "bridge.step_over": "Quien llama vuelve con el agente",
      "bridge.handed": "Traspasada",
      "outgoing.turned": "Cambió de interlocutor",
      "listen.started": "Un supervisor escucha",
      "listen.turned": "El supervisor cambia de modo",
      "listen.ended": "El supervisor deja de escuchar",
    },
    ahead: (d) => `${d} antes en la cola`,
    untold: "no se le dijo",
    asking: {
      "outgoing.dialed": "Consulta a alguien",
      "outgoing.answered": "Contesta",
      "outgoing.joined": "El agente habla con la persona consultada",
      "outgoing.ended": "La consulta ha terminado",
    },
    onHold: (d) => `estuvo retenida ${d}`,
    music: "quien llama oye música hasta que vuelva",
    away: (d) => `faltó ${d}`,
    keys: (n) => (n === 1 ? "una tecla" : `${n} teclas`),
    turned: { caller: "habla con quien llama", other: "habla con la persona consultada", all: "hablan los tres" },
    listens: { listen: "escucha, nadie le oye", whisper: "habla al oído al agente", join: "está en la llamada, le oyen todos" },
    listensTo: (who, agent) => `${who} a ${agent}`,
    hidden: "no se avisa al agente",
    listenEnds: {
      stopped: "lo terminó el supervisor",
      over: "terminó la conversación",
      page_gone: "desapareció la página del supervisor",
      denied: "perdió el permiso",
      failed: "no se pudo escuchar",
      restart: "un reinicio nuestro",
    },
    listened: (d) => `escuchó ${d}`,
    whispered: (d) => `habló al oído ${d}`,
    joined: (d) => `${d} en la llamada`,
    askedBefore: "consultada antes",
    together: (d) => `${d} los tres`,
    tookOver: "se quedó con la llamada",
    nth: (n) => `traspaso n.º ${n} de esta llamada`,
    to: (target) => `a ${target}`,
    handedBy: (agent) => `la traspasó ${agent}`,
    backFrom: (agent) => `de vuelta en la cola, de ${agent}`,
    note: (text) => `nota: «${text}»`,
    talked: (d) => `duró ${d}`,
    held: (n, d, longest) => (n === 1 ? `${d} en retención` : `${d} en retención, ${n} veces, ${longest} como máximo`),
    gap: (d) => `la página del agente faltó ${d}`,
    endedOnHold: "terminó en retención",
    sides: { caller: "la terminó quien llamaba", agent: "la terminó el agente", us: "la terminamos nosotros", system: "algo falló" },
    ends: {
      handed: "traspasada",
      put_back: "devuelta a la cola",
      caller_chose: "lo eligió con una tecla quien llamaba, estando retenida",
      agent_lost: "la página del agente no volvió",
    },
  },
  ko: {
    kinds: {
      "bridge.held": "보류",
      "bridge.resumed": "보류 해제, 다시 통화",
      "bridge.gap": "상담원의 페이지가 끊김",
      "bridge.rejoined": "상담원의 페이지가 돌아옴",
      "bridge.keys": "상담원이 키를 누름",
      "bridge.step": "고객이 들리지 않게 입력함",
      "bridge.step_over": "고객이 상담원에게 돌아옴",
      "bridge.handed": "인계",
      "outgoing.turned": "통화 상대를 바꿈",
      "listen.started": "관리자가 통화를 들음",
      "listen.turned": "관리자가 방식을 바꿈",
      "listen.ended": "관리자가 듣기를 끝냄",
    },
    ahead: (d) => `대기열에서 ${d} 앞당김`,
    untold: "안내하지 않음",
    asking: {
      "outgoing.dialed": "다른 사람과 협의",
      "outgoing.answered": "응답",
      "outgoing.joined": "상담원이 협의 상대와 통화",
      "outgoing.ended": "협의가 끝남",
    },
    onHold: (d) => `${d} 동안 보류됨`,
    music: "돌아올 때까지 고객은 음악을 듣습니다",
    away: (d) => `${d} 동안 끊겨 있었음`,
    keys: (n) => `키 ${n}개`,
    turned: { caller: "고객과 통화", other: "협의 상대와 통화", all: "셋이 함께 통화" },
    listens: { listen: "듣기만 함", whisper: "상담원에게 귓속말", join: "통화에 참여" },
    listensTo: (who, agent) => `${who} → ${agent}`,
    hidden: "상담원에게 알리지 않음",
    listenEnds: {
      stopped: "관리자가 끝냄",
      over: "통화가 끝남",
      page_gone: "관리자의 페이지가 끊김",
      denied: "권한이 없어짐",
      failed: "들을 수 없음",
      restart: "시스템 재시작",
    },
    listened: (d) => `듣기 ${d}`,
    whispered: (d) => `귓속말 ${d}`,
    joined: (d) => `참여 ${d}`,
    askedBefore: "미리 협의함",
    together: (d) => `그중 셋이 함께 ${d}`,
    tookOver: "고객을 넘겨받음",
    nth: (n) => `이 통화의 ${n}번째 인계`,
    to: (target) => `${target}에게`,
    handedBy: (agent) => `${agent}이(가) 인계`,
    backFrom: (agent) => `${agent}에게서 대기열로 복귀`,
    note: (text) => `메모: “${text}”`,
    talked: (d) => `통화 ${d}`,
    held: (n, d, longest) => (n === 1 ? `그중 보류 ${d}` : `그중 보류 ${d}, ${n}회, 최장 ${longest}`),
    gap: (d) => `상담원의 페이지가 ${d} 동안 끊김`,
    endedOnHold: "보류 중에 끝남",
    sides: { caller: "고객이 끝냄", agent: "상담원이 끝냄", us: "시스템이 끝냄", system: "장애" },
    ends: {
      handed: "인계",
      put_back: "대기열로 되돌림",
      caller_chose: "보류 중에 고객이 키로 선택",
      agent_lost: "상담원의 페이지가 돌아오지 않음",
    },
  },
  ja: {
    kinds: {
      "bridge.held": "保留",
      "bridge.resumed": "保留を解除し、通話を再開",
      "bridge.gap": "担当者のページが切れた",
      "bridge.rejoined": "担当者のページが戻った",
      "bridge.keys": "担当者がキーを押した",
      "bridge.step": "お客様が聞かれずに入力",
      "bridge.step_over": "お客様が担当者に戻った",
      "bridge.handed": "引き継ぎ",
      "outgoing.turned": "話す相手を変えた",
      "listen.started": "スーパーバイザーが通話を聞く",
      "listen.turned": "スーパーバイザーが方法を変えた",
      "listen.ended": "スーパーバイザーが聞くのをやめた",
    },
    ahead: (d) => `列で ${d} 前へ`,
    untold: "案内しなかった",
    asking: {
      "outgoing.dialed": "ほかの人に相談",
      "outgoing.answered": "応答",
      "outgoing.joined": "担当者が相談相手と通話",
      "outgoing.ended": "相談が終わった",
    },
    onHold: (d) => `${d} 保留`,
    music: "戻るまでお客様には音楽が流れます",
    away: (d) => `${d} 切れていた`,
    keys: (n) => `キー ${n} 個`,
    turned: { caller: "お客様と通話", other: "相談相手と通話", all: "3人で通話" },
    listens: { listen: "聞くだけ", whisper: "担当者にささやく", join: "通話に参加" },
    listensTo: (who, agent) => `${who} → ${agent}`,
    hidden: "担当者には知らせない",
    listenEnds: {
      stopped: "スーパーバイザーが終えた",
      over: "通話が終わった",
      page_gone: "スーパーバイザーのページが切れた",
      denied: "権限がなくなった",
      failed: "聞けなかった",
      restart: "システムの再起動",
    },
    listened: (d) => `聞いた時間 ${d}`,
    whispered: (d) => `ささやいた時間 ${d}`,
    joined: (d) => `参加した時間 ${d}`,
    askedBefore: "先に相談した",
    together: (d) => `うち3人で ${d}`,
    tookOver: "お客様を引き継いだ",
    nth: (n) => `この通話で ${n} 回目の引き継ぎ`,
    to: (target) => `${target} へ`,
    handedBy: (agent) => `${agent} が引き継いだ`,
    backFrom: (agent) => `${agent} から列に戻った`,
    note: (text) => `メモ: 「${text}」`,
    talked: (d) => `通話 ${d}`,
    held: (n, d, longest) => (n === 1 ? `うち保留 ${d}` : `うち保留 ${d}、${n} 回、最長 ${longest}`),
    gap: (d) => `担当者のページが ${d} 切れていた`,
    endedOnHold: "保留中に終わった",
    sides: { caller: "お客様が終えた", agent: "担当者が終えた", us: "システムが終えた", system: "障害" },
    ends: {
      handed: "引き継ぎ",
      put_back: "列に戻した",
      caller_chose: "保留中にお客様がキーで選んだ",
      agent_lost: "担当者のページが戻らなかった",
    },
  },
});

type Data = Record<string, unknown>;

/** kindName is what has happened, in a sentence or a few words. */
export const kindName = (h: Fact) => sentence(h) || phrase(h);
const phrase = ({ kind, data }: Fact) => (data?.for_call && own.asking[kind]) || own.kinds[kind] || recordingKinds[kind] || t.kinds[kind] || kind;

/** Detail is the readable part of a fact. Calls and callbacks named in it can be opened. */
export function Detail({ h, onOpen }: { h: Fact; onOpen: (call: string) => void }) {
  const data = sentence(h) ? unsaid(h) : (h.data ?? {});
  if (h.kind === "offer.started") return <Trace data={data} />;
  if (h.kind === "ewt.announced" || h.kind === "ewt.shadow") return <>{list(wait(data))}</>;
  if (h.kind === "queue.alarm")
    return <>{list([word(data.what), text(data.queue), data.what === "overtaken" ? t.times(number(data.value)) : length(data.value)])}</>;
  if (isOfRecording(h.kind))
    return (
      <>
        {list(recordingParts(h.kind, data))} <Open fact={h} />
      </>
    );
  if (h.kind in talk) return <>{list(talk[h.kind]?.(data) ?? [])}</>;
  if (!h.kind.startsWith("callback.")) return <>{list(plain(data))}</>;
  const rang = data.how === "superseded" ? text(data.by) : ""; // the customer's own call
  const other = text(data.callback) || text(data.from_call) || rang;
  return (
    <>
      {list(callback(h.kind, data))}{" "}
      {other && (
        <button class="link" onClick={() => onOpen(other)}>
          {data.callback ? t.openCallback : rang ? t.openTheirs : t.openCall}
        </button>
      )}
    </>
  );
}

interface Candidate {
  agent: string;
  idle_s: number;
}

interface Passed {
  agent: string;
  why: string;
}

/** Trace is why she was offered this caller, and nobody else was. */
function Trace({ data }: { data: Data }) {
  const agent = text(data.agent);
  const reason = text(data.reason);
  const candidates = (data.candidates ?? []) as Candidate[];
  const passed = (data.passed ?? []) as Passed[];
  const more = number(data.passed_more);
  const over = number(data.over);
  return (
    <span class="trace">
      <span>{list([agent, reason && (t.chosen[reason] ?? reason), `${t.waited} ${length(data.waited_s)}`])}</span>
      {candidates.length > 0 && <Line label={t.candidates}>{candidates.map((c) => t.freeFor(c.agent, length(c.idle_s))).join(", ")}</Line>}
      {passed.length > 0 && (
        <Line label={t.passedOver}>
          {passed.map((p) => `${p.agent}: ${t.passedWhy[p.why] ?? p.why}`).join(", ")}
          {more > 0 && `, ${t.andMore(more)}`}
        </Line>
      )}
      {over > 0 && <Line label={t.wentAhead}>{t.overCallers(over, t.overWhy[text(data.over_why)] ?? text(data.over_why))}</Line>}
    </span>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <span>
      <b>{label}:</b> {children}
    </span>
  );
}

/** wait is what the models expected. */
function wait(d: Data): string[] {
  return [number(d.p90_s) > 0 ? t.expected(length(d.p50_s), length(d.p90_s)) : t.noGround, t.ahead(number(d.ahead))];
}

function callback(kind: string, d: Data): string[] {
  switch (kind) {
    case "callback.accepted":
      return [word(d.source), range(number(d.low_s), number(d.high_s)), d.merged ? t.merged : ""];
    case "callback.booked":
      return [text(d.number), word(d.source), text(d.queue), t.promisedWindow(hour(d.begin), hour(d.until)), t.expires(day(d.expires))];
    case "callback.parked":
      return [word(d.why), t.until(day(d.until))];
    case "callback.dialed":
      return [t.attemptNo(number(d.attempt)), text(d.agent) || t.customerFirst];
    case "callback.tried":
      return [word(d.how), text(d.why), d.counts ? "" : t.countsNot];
    case "callback.ended":
      return [word(d.how), d.how === "superseded" ? "" : text(d.by), t.dialledTimes(number(d.attempts))];
  }
  return [word(d.why), word(d.by), d.unsure ? word("unsure") : ""]; // offered, refused, due, reached, confirmed
}

/** talk is what happens in a talk, and what brings a caller to the next one. */
const talk: Record<string, (d: Data) => string[]> = {
  "bridge.held": (d) => [text(d.agent)],
  "bridge.resumed": (d) => [text(d.agent), own.onHold(length(d.hold_s))],
  "bridge.gap": (d) => [text(d.agent), own.music],
  "bridge.rejoined": (d) => [text(d.agent), own.away(length(d.gap_s))],
  "bridge.keys": (d) => [text(d.agent), own.keys(number(d.keys))],
  "bridge.step": (d) => [text(d.agent), text(d.node)],
  "bridge.step_over": (d) => [text(d.agent), word(d.why)],
  "bridge.handed": (d) => [
    text(d.agent),
    own.to(text(d.to) || text(d.queue) || text(d.number)),
    d.ask_call ? own.askedBefore : "",
    own.nth(number(d.handovers)),
  ],
  "promise.broken": (d) => [d.credit_s ? own.ahead(length(d.credit_s)) : "", d.told ? "" : own.untold],
  "bridge.left": (d) => [text(d.agent), ...talkEnd(d)],
  "outgoing.dialed": (d) => [text(d.agent), own.to(text(d.to) || text(d.number))],
  "outgoing.turned": (d) => [text(d.agent), own.turned[text(d.with)] ?? text(d.with)],
  "outgoing.ended": (d) => [text(d.agent), d.how === "handed" ? own.tookOver : word(d.how), ...talkEnd(d)],
  "listen.started": (d) => [own.listensTo(text(d.by), text(d.agent)), own.listens[text(d.mode)] ?? text(d.mode), d.hidden ? own.hidden : ""],
  "listen.turned": (d) => [own.listensTo(text(d.by), text(d.agent)), own.listens[text(d.mode)] ?? text(d.mode)],
  "listen.ended": (d) => [
    own.listensTo(text(d.by), text(d.agent)),
    own.listenEnds[text(d.why)] ?? word(d.why),
    d.listen_s ? own.listened(length(d.listen_s)) : "",
    d.whisper_s ? own.whispered(length(d.whisper_s)) : "",
    d.join_s ? own.joined(length(d.join_s)) : "",
  ],
  "queue.entered": ({ by, note, handovers, ...rest }) => [
    by ? (rest.origin === "transfer" ? own.handedBy(text(by)) : own.backFrom(text(by))) : "",
    rest.origin === "transfer" ? own.nth(number(handovers)) : "",
    note ? own.note(text(note)) : "",
    ...plain(rest),
  ],
};

function talkEnd(d: Data): string[] {
  return [
    own.sides[text(d.side)] ?? "",
    own.ends[text(d.why)] ?? word(d.why),
    d.talk_s ? own.talked(length(d.talk_s)) : "",
    d.holds ? own.held(number(d.holds), length(d.hold_s), length(d.longest_hold_s)) : "",
    d.all_s ? own.together(length(d.all_s)) : "",
    d.gap_s ? own.gap(length(d.gap_s)) : "",
    d.on_hold ? own.endedOnHold : "",
  ];
}

/** Ids, which say nothing to people. */
const unreadable = new Set(["visit", "offer", "leg", "channel", "flow", "key", "cause", "kind", "origin", "for_call"]);

/** Fields whose values are words of the program. */
const fixed = new Set(["reason", "side", "during_prompt"]);

/** plain is all of a fact's simple fields. */
function plain(d: Data): string[] {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(d)) {
    if (value === "" || value === null || typeof value === "object" || unreadable.has(name)) continue;
    if (name === "outcome") parts.push(t.outcomes[String(value)] ?? String(value));
    else if (name.endsWith("_s") && typeof value === "number") parts.push(`${fieldName(name.slice(0, -2))} ${length(value)}`);
    else if (/^\d{4}-\d\d-\d\dT/.test(String(value))) parts.push(`${fieldName(name)} ${day(value)}`);
    else parts.push(`${fieldName(name)} ${fixed.has(name) ? fieldValue(value) : String(value)}`);
  }
  return parts;
}

const list = (parts: string[]) => parts.filter(Boolean).join(" · ");
const text = (v: unknown) => (typeof v === "string" ? v : "");
const number = (v: unknown) => (typeof v === "number" ? v : 0);
const length = (v: unknown) => duration(number(v) * 1000);
const word = (v: unknown) => t.words[text(v)] ?? text(v);
const hour = (v: unknown) => clock(text(v));
const day = (v: unknown) => moment(text(v));
