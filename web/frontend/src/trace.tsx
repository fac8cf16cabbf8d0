// What a fact of a call says to a person: above all why this agent was chosen
// for this caller, and who was passed over.
import type { ComponentChildren } from "preact";
import type { Fact } from "./api";
import { t } from "./texts";
import { clock, duration, moment } from "./time";

type Data = Record<string, unknown>;

/** Detail is the readable part of a fact. Calls and callbacks named in it can be opened. */
export function Detail({ h, onOpen }: { h: Fact; onOpen: (call: string) => void }) {
  const data = h.data ?? {};
  if (h.kind === "offer.started") return <Trace data={data} />;
  if (h.kind === "ewt.announced" || h.kind === "ewt.shadow") return <>{list(wait(h.kind, data))}</>;
  if (h.kind === "queue.alarm")
    return <>{list([word(data.what), text(data.queue), data.what === "overtaken" ? t.times(number(data.value)) : length(data.value)])}</>;
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

/** wait is what a caller was told, or what nobody was told but the models expected. */
function wait(kind: string, d: Data): string[] {
  const expected = number(d.p90_s) > 0 ? t.expected(length(d.p50_s), length(d.p90_s)) : t.noGround;
  const ahead = t.ahead(number(d.ahead));
  if (kind === "ewt.shadow") return [expected, ahead];
  return [range(number(d.low_s), number(d.high_s)), d.grown ? t.grown : "", expected, ahead];
}

function range(low: number, high: number): string {
  if (high === 0) return low > 0 ? t.moreThan(length(low)) : "";
  return low > 0 ? t.between(length(low), length(high)) : t.lessThan(length(high));
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

/** Ids, which say nothing to people. */
const unreadable = new Set(["visit", "offer", "leg", "channel", "flow", "key", "cause", "kind", "origin"]);

/** plain is all of a fact's simple fields. */
function plain(d: Data): string[] {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(d)) {
    if (value === "" || value === null || typeof value === "object" || unreadable.has(name)) continue;
    if (name === "outcome") parts.push(t.outcomes[String(value)] ?? String(value));
    else if (name.endsWith("_s") && typeof value === "number") parts.push(`${name.slice(0, -2)} ${length(value)}`);
    else if (/^\d{4}-\d\d-\d\dT/.test(String(value))) parts.push(`${name} ${day(value)}`);
    else parts.push(`${name} ${String(value)}`);
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
