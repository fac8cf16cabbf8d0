// The kinds of calls that a number can stand for: what its list is called, and how
// the API is asked for it.
import { query } from "./api";
import type { Place } from "./place";
import type { Span } from "./span";
import { ownTexts, t } from "./texts";
import { clock, clockOf, dayOf, daysName, duration, moment, weekdayName } from "./time";

const own = ownTexts({
  en: {
    nothing: "told nothing",
    all: "All calls",
    afterTalk: "after a talk",
    gaveUpAfterTalk: "gave up after a talk",
    waited: (from: number, to: number | null) => (to === null ? `waited ${from} s and longer` : `waited ${from} to ${to} s`),
    upTo: (s: number) => `waited ${s} s at most`,
  },
  es: {
    nothing: "nada anunciado",
    all: "Todas las llamadas",
    afterTalk: "tras una conversación",
    gaveUpAfterTalk: "abandonadas tras una conversación",
    waited: (from, to) => (to === null ? `esperaron ${from} s o más` : `esperaron de ${from} a ${to} s`),
    upTo: (s) => `esperaron ${s} s como máximo`,
  },
  ko: {
    nothing: "안내 없음",
    all: "모든 전화",
    afterTalk: "통화 후",
    gaveUpAfterTalk: "통화 후 포기",
    waited: (from, to) => (to === null ? `${from}초 이상 대기` : `${from}~${to}초 대기`),
    upTo: (s) => `최대 ${s}초 대기`,
  },
  ja: {
    nothing: "案内なし",
    all: "すべての電話",
    afterTalk: "通話の後",
    gaveUpAfterTalk: "通話の後に放棄",
    waited: (from, to) => (to === null ? `${from}秒以上待った` : `${from}～${to}秒待った`),
    upTo: (s) => `${s}秒以内待った`,
  },
});

const abandoned = ["abandoned_queue", "abandoned_ringing", "abandoned_at_answer"];
const counted = ["answered", ...abandoned, "system_failure", "open"];
const others = Object.keys(t.outcomes).filter((o) => !counted.includes(o) && !["abandoned_ivr", "ivr_contained", "withdrawn", "refused"].includes(o));

/** Kind is one of them; outcomes none: whatever became of it. */
export interface Kind {
  title: string;
  outcomes: string[];
  afterTalk?: boolean; // only callers who had talked already; false: only others; undefined: both
  also?: Record<string, string>; // other parameters of the API
  about?: (text: string) => string; // what the filter about says, as people read it
}

const part = (word: string) => `${t.gaveUp}: ${word}`;

export const kinds: Record<string, Kind> = {
  all: { title: own.all, outcomes: [] },
  offered: { title: t.offered, outcomes: [...counted, ...others], afterTalk: false },
  answered: { title: t.answered, outcomes: ["answered"], afterTalk: false },
  abandoned: { title: t.callsGaveUp, outcomes: abandoned, afterTalk: false },
  abandoned_queue: { title: part(t.inQueue), outcomes: ["abandoned_queue"], afterTalk: false },
  abandoned_ringing: { title: part(t.whileRinging), outcomes: ["abandoned_ringing"], afterTalk: false },
  abandoned_at_answer: { title: part(t.atAnswer), outcomes: ["abandoned_at_answer"], afterTalk: false },
  system_failure: { title: t.systemFailure, outcomes: ["system_failure"], afterTalk: false },
  other: { title: t.other, outcomes: others, afterTalk: false },
  flow_in: { title: t.flowIn, outcomes: [...counted, ...others], afterTalk: false, also: { origin: "overflow" } },
  open: { title: t.open, outcomes: ["open"], afterTalk: false },
  not_served: { title: t.reachedNobody, outcomes: [...abandoned, "system_failure", "timeout_exit", "no_agents", "closed"], afterTalk: false },
  after_talk: { title: own.afterTalk, outcomes: [...counted, ...others], afterTalk: true },
  abandoned_after_talk: { title: own.gaveUpAfterTalk, outcomes: abandoned, afterTalk: true },
  abandoned_ivr: { title: t.menusAbandoned, outcomes: ["abandoned_ivr"] },
  ivr_contained: { title: t.menusContained, outcomes: ["ivr_contained"] },
  refused: { title: t.refused, outcomes: ["refused"] },
};

/** count makes kinds of the columns of a report that counts no visits: report.column each. */
export function count(report: string, title: string, columns: Record<string, string>, about?: Kind["about"]): void {
  for (const [column, word] of Object.entries(columns)) {
    const kind = `${report}.${column}`;
    kinds[kind] = { title: `${title}: ${word}`, outcomes: [], also: { counted: kind }, ...(about ? { about } : {}) };
  }
}

/** Which are the calls behind a number: of a kind, and of these perhaps only those of a queue or of an interval. */
export interface Which {
  kind: string;
  queue?: string;
  since?: string; // RFC 3339; none: the whole span
  until?: string;
  on?: string; // a day like 2026-05-04 in place of the span, by the clocks of the number's own report
  only?: Only;
}

/** The API's other filters of calls. */
const filters = ["dialed", "entered", "node", "weekday", "minute", "agent", "code", "wait_from_s", "wait_to_s", "wait_up_to_s", "told", "about"] as const;

/** Only are the calls for which all of these hold. */
export type Only = Partial<Record<(typeof filters)[number], string>>;

const names = ["calls", "of", "since", "until", "on", "call", "page", ...filters] as const;

/** opened are the changes of the address that open the calls. */
export function opened(w: Which): Record<string, string | undefined> {
  return { ...closed, calls: w.kind, of: w.queue, since: w.since, until: w.until, on: w.on, ...w.only };
}

/** closed are those that close what is open. */
export const closed: Record<string, string | undefined> = Object.fromEntries(names.map((name) => [name, undefined]));

/** which is what an address opens; null: nothing. */
export function which(place: Place): Which | null {
  const kind = place.get("calls");
  if (!Object.hasOwn(kinds, kind)) return null;
  const w: Which = { kind };
  if (place.get("of")) w.queue = place.get("of");
  if (place.get("since") && place.get("until")) Object.assign(w, { since: place.get("since"), until: place.get("until") });
  if (place.get("on")) w.on = place.get("on");
  const only = filters.filter((name) => place.get(name)).map((name) => [name, place.get(name)]);
  if (only.length > 0) w.only = Object.fromEntries(only) as Only;
  return w;
}

/** titleOf says which calls they are. */
export function titleOf(w: Which, span: Span, last: string): string {
  const when = w.since && w.until ? between(w.since, w.until) : daysName(w.on ?? span.day, w.on ?? last);
  return [kinds[w.kind]?.title, w.queue, ...onlyName(w.only ?? {}, kinds[w.kind]?.about), when].filter(Boolean).join(" · ");
}

function onlyName(o: Only, about = (text: string) => text): string[] {
  const at = o.weekday ? [`${weekdayName(Number(o.weekday))} ${o.minute ? clockOf(Number(o.minute)) : ""}`] : [];
  const wait = o.wait_from_s || o.wait_to_s ? [own.waited(Number(o.wait_from_s ?? 0), o.wait_to_s ? Number(o.wait_to_s) : null)] : [];
  const upTo = o.wait_up_to_s && own.upTo(Number(o.wait_up_to_s));
  const rest = [o.dialed, o.entered, o.node, o.agent, o.code, o.about && about(o.about), o.told && toldRange(o.told), upTo];
  return [...at, ...wait, ...rest.filter((v) => v !== undefined && v !== "")] as string[];
}

/** toldRange is a wait like 120-300 as it was told. */
export function toldRange(text: string): string {
  const [low = 0, high = 0] = text.split("-").map(Number);
  const length = (s: number) => duration(s * 1000);
  if (high > 0) return low > 0 ? t.between(length(low), length(high)) : t.lessThan(length(high));
  return low > 0 ? t.moreThan(length(low)) : own.nothing;
}

const almostDay = 23 * 3600_000; // the shortest there is

function between(since: string, until: string): string {
  const day = dayOf(Date.parse(since));
  return Date.parse(until) - Date.parse(since) >= almostDay ? daysName(day, dayOf(Date.parse(until) - 1)) : `${moment(since)} – ${clock(until)}`;
}

/** callsPath is where the API has them. */
export function callsPath(w: Which, span: Span): string {
  const kind = kinds[w.kind];
  const when = w.since && w.until ? { from: w.since, to: w.until } : { day: w.on ?? span.day, days: String(w.on ? 1 : span.days) };
  const afterTalk = kind?.afterTalk === undefined ? undefined : String(kind.afterTalk);
  return `/api/v1/reports/calls?${query({ ...when, ...w.only, ...kind?.also, queue: w.queue, outcome: kind?.outcomes.join(","), after_talk: afterTalk })}`;
}
