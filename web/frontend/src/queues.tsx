// Each queue as it is now, in figures.
import type { LiveQueue, QueueFigures } from "./api";
import { duration, now, percent, since } from "./time";
import { breakName, type BreakNames } from "./breaks";
import { addressOf } from "./opened";
import { gaveUpWords, limitWords, severity, standsOf, target, toldWords, words } from "./words";

export function Queues({ figures, queues, breaks }: { figures: QueueFigures[]; queues: LiveQueue[]; breaks: BreakNames }) {
  return (
    <ul class="queues">
      {figures.map((q) => (
        <li key={q.name}>
          <Queue q={q} live={queues.find((l) => l.name === q.name)} breaks={breaks} />
        </li>
      ))}
    </ul>
  );
}

function Queue({ q, live, breaks }: { q: QueueFigures; live: LiveQueue | undefined; breaks: BreakNames }) {
  const hit = new Set(q.limits.map((c) => c.limit));
  const hot = (...limits: string[]) => (limits.some((l) => hit.has(l as never)) ? "hot" : "");
  return (
    <section class={`card queue ${severity(q)} ${q.open ? "" : "shut"}`} aria-label={q.name}>
      <h2>
        <a href={addressOf("queue", q.name)}>{q.name}</a>
        {!q.open && <span class="chip">{words.closed}</span>}
        {(q.peak || live?.peak) && <span class="chip peak">{words.peak}</span>}
      </h2>
      {q.limits.length > 0 && (
        <ul class="crossed">
          {q.limits.map((c) => (
            <li key={c.limit}>
              <strong>{limitWords(c)}</strong>
            </li>
          ))}
        </ul>
      )}
      <dl class="big-figures">
        <Figure value={String(q.waiting)} label={words.waiting} kind={hot("waiting")} />
        <Figure value={q.oldest ? duration(now() - Date.parse(q.oldest)) : "–"} label={words.longest} kind={hot("longest_wait")} />
        <Level q={q} kind={hot("service_level")} />
      </dl>
      <Crew q={q} breaks={breaks} kind={hot("nobody")} />
      <dl class="small-figures">
        <dt>{words.told}</dt>
        <dd>{toldWords(q.told)}</dd>
        <dt>{words.gaveUp}</dt>
        <dd>{q.gave_up.length === 0 ? words.nobody : q.gave_up.map((g) => <span key={g.place}>{gaveUpWords(g)}</span>)}</dd>
      </dl>
      <p class="owed">
        {q.callbacks > 0 && (
          <span class={q.late ? "late" : ""}>
            {q.callbacks} {words.callbacks}
            {q.late && `, ${words.late(since(q.late))}`}
          </span>
        )}
        {q.overdue > 0 && (
          <a class="late" href="/messages">
            {words.overdue(q.overdue)}
          </a>
        )}
      </p>
    </section>
  );
}

function Figure({ value, label, kind, hint }: { value: string; label: string; kind: string; hint?: string }) {
  return (
    <div class={kind}>
      <dt>
        {label}
        {hint && <small>{hint}</small>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function Level({ q, kind }: { q: QueueFigures; kind: string }) {
  const t = q.today;
  if (!t) return <Figure value="–" label={words.noReports} kind="" />;
  const hint = t.decided === 0 && t.open === 0 ? words.nobodyYet : t.open > 0 ? words.soFar(t.open) : words.ofCallers(t.decided);
  return <Figure value={percent(t.service_level).replace(/\.\d/, "")} label={words.level(target(t.target_s))} kind={kind} hint={hint} />;
}

function Crew({ q, breaks, kind }: { q: QueueFigures; breaks: BreakNames; kind: string }) {
  const some = standsOf.filter((s) => q.agents[s] > 0);
  const reasons = Object.entries(q.agents.reasons)
    .filter(([reason]) => breakName(reason, breaks) !== "")
    .map(([reason, n]) => `${n} ${breakName(reason, breaks)}`);
  return (
    <ul class={`crew ${kind}`} aria-label={words.agents}>
      {some.length === 0 && <li class="empty">{words.nobodySigned}</li>}
      {some.map((s) => (
        <li key={s} class={s}>
          <strong>{q.agents[s]}</strong> {words.stands[s]}
          {s === "away" && reasons.length > 0 && <span class="soft"> ({reasons.join(", ")})</span>}
        </li>
      ))}
    </ul>
  );
}
