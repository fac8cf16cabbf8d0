// The single calls: the list behind a number, and what happened to each.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, query, type Answer, type Call, type Fact, type TalkQuality } from "./api";
import { asked, type Filter } from "./numbers";
import { callLimit } from "./supervisor";
import { sound, t } from "./texts";
import { clockSeconds, duration } from "./time";
import { Detail, kindName } from "./trace";

interface ListProps {
  filter: Filter;
  day: string;
  calls: Call[];
  onOpen: (call: string) => void;
}

export function CallList({ filter, day, calls, onOpen }: ListProps) {
  const file = (format: string) => `/api/v1/reports/calls?${query({ day, ...asked(filter), format })}`;
  return (
    <section class="card" aria-labelledby="calls-title">
      <div class="title-row">
        <h2 id="calls-title" aria-live="polite">
          {filter.title} <span class="count">{calls.length}</span>
        </h2>
        <span class="downloads">
          {t.download}: <a href={file("csv")}>CSV</a> <a href={file("xlsx")}>XLSX</a>
        </span>
      </div>
      {calls.length === 0 ? (
        <p class="empty">{t.noCalls}</p>
      ) : (
        <div class="scroll">
          <table class="calls">
            <thead>
              <tr>
                <th>{t.at}</th>
                <th>{t.caller}</th>
                <th>{t.queue}</th>
                <th>{t.cameBy}</th>
                <th>{t.outcome}</th>
                <th class="num">{t.waited}</th>
                <th>{t.agent}</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((c) => (
                <tr key={`${c.call} ${c.at}`}>
                  <td>
                    <button class="link" onClick={() => onOpen(c.call)}>
                      {clockSeconds(c.at)}
                    </button>
                  </td>
                  <td>{c.name ? `${c.name} · ${c.number}` : c.number || t.unknownCaller}</td>
                  <td>{c.queue ?? ""}</td>
                  <td>{c.path ?? ""}</td>
                  <td class={c.outcome.startsWith("abandoned") ? "bad" : ""}>{t.outcomes[c.outcome] ?? c.outcome}</td>
                  <td class="num">{c.queue ? duration(c.queue_s * 1000) : ""}</td>
                  <td>{c.agent ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {calls.length === callLimit && <p class="hint">{t.more(callLimit)}</p>}
    </section>
  );
}

/** Timeline follows its call while it goes on: mark changes when there is more to know. */
export function Timeline({ call: first, mark, onClose }: { call: string; mark: number | undefined; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [call, setCall] = useState(first); // a callback leads to its call, and back
  const [list, setList] = useState<Fact[]>([]);
  const [talks, setTalks] = useState<TalkQuality[]>([]);
  const [error, setError] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    get<Answer<"/api/v1/calls/{id}">>(`/api/v1/calls/${encodeURIComponent(call)}`)
      .then((answer) => {
        setList(answer.timeline);
        setTalks(answer.quality);
        setError("");
      })
      .catch((e: Error) => setError(e.message));
  }, [call, mark]);
  const begin = list[0]?.at;
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="timeline-title">
      <div class="title-row">
        <h2 id="timeline-title">{t.timeline}</h2>
        <button onClick={() => dialog.current?.close()}>{t.close}</button>
      </div>
      {error && <p class="banner bad">{error}</p>}
      <ol class="timeline">
        {list.map((h) => (
          <li key={`${h.call} ${h.seq}`}>
            <time dateTime={h.at}>{clockSeconds(h.at)}</time>
            <span class="after">+{begin ? duration(Date.parse(h.at) - Date.parse(begin)) : ""}</span>
            <strong>{kindName(h)}</strong>
            <span class="detail">
              <Detail h={h} onOpen={setCall} />
            </span>
          </li>
        ))}
      </ol>
      {talks.length > 0 && <Heard talks={talks} />}
      <p class="hint">
        <code>{call}</code>
      </p>
    </dialog>
  );
}

/** Heard is how each talk of the call was heard, in a line. */
function Heard({ talks }: { talks: TalkQuality[] }) {
  const ms = (value: number) => `${Math.round(value)} ms`;
  const percent = (value: number) => `${value.toFixed(1)} %`;
  return (
    <section class="heard" aria-labelledby="heard-title">
      <h3 id="heard-title">{sound.heard}</h3>
      {talks.map((q) => (
        <p key={`${q.agent} ${q.started}`}>
          <strong>{q.agent}</strong>{" "}
          <span class="detail">
            {[
              q.bad_s > 0 ? sound.badFor(duration(q.bad_s * 1000), duration(q.measured_s * 1000)) : sound.neverBad,
              sound.roundTrip(ms(q.rtt_p50_ms), ms(q.rtt_p95_ms)),
              sound.lostHere(percent(Math.max(q.loss_pct, q.concealed_pct))),
              sound.lostThere(percent(q.agent_loss_pct)),
            ].join(" · ")}
          </span>
        </p>
      ))}
    </section>
  );
}
