// Who waits at home to be called, and the way to take such a promise back.
import { useEffect, useState } from "preact/hooks";
import { send, type Answer, type Callback, type Live } from "./api";
import { useAnswer } from "./ask";
import { t } from "./texts";
import { dayClock, now, useNow } from "./time";

export function Callbacks({ live, onOpen }: { live: Live; onOpen: (call: string) => void }) {
  useNow();
  const { answer, again } = useAnswer<Answer<"/api/v1/callbacks">>("/api/v1/callbacks");
  const [error, setError] = useState("");
  // What the line knows of callbacks; another text means that the list has changed.
  const mark = live.queues
    .flatMap((q) => [...q.waiting, ...q.talking])
    .filter((c) => c.callback)
    .map((c) => `${c.call} ${c.state} ${c.callback?.attempts}`)
    .join();
  useEffect(() => void again(), [mark]);
  async function cancel(id: string) {
    setError("");
    try {
      await send("DELETE", `/api/v1/callbacks/${encodeURIComponent(id)}`);
    } catch (e) {
      setError((e as Error).message);
    }
    await again();
  }
  const list = answer?.callbacks ?? [];
  if (list.length === 0 && !error) return null;
  return (
    <section class="card scroll" aria-labelledby="callbacks-title">
      <h3 id="callbacks-title">
        {t.callbacks} <span class="count">{list.length}</span>
      </h3>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      <table class="callbacks">
        <thead>
          <tr>
            <th>{t.caller}</th>
            <th>{t.queue}</th>
            <th>{t.promised}</th>
            <th>{t.state}</th>
            <th class="num">{t.attempts}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {list.map((c) => (
            <Line key={c.id} c={c} onCancel={cancel} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The switch for all calls that leave. */
export function OutgoingSwitch() {
  const { answer, again } = useAnswer<Answer<"/api/v1/outgoing">>("/api/v1/outgoing");
  const [sure, setSure] = useState(false);
  const [error, setError] = useState("");
  if (!answer?.trunk) return null; // calls do not leave: there is no trunk
  async function set(stopped: boolean) {
    setSure(false);
    setError("");
    try {
      await send("PUT", "/api/v1/outgoing", { stopped });
    } catch (e) {
      setError((e as Error).message);
    }
    await again();
  }
  return (
    <p class="outgoing-switch">
      {error && (
        <span class="banner bad" role="alert">
          {error}
        </span>
      )}
      {answer.stopped ? t.outgoingOff : t.outgoingOn}{" "}
      {answer.stopped ? (
        <button onClick={() => void set(false)}>{t.outgoingStart}</button>
      ) : sure ? (
        <button class="bad" onClick={() => void set(true)}>
          {t.outgoingSure}
        </button>
      ) : (
        <button onClick={() => setSure(true)}>{t.outgoingStop}</button>
      )}
    </p>
  );
}

function Line({ c, onCancel, onOpen }: { c: Callback; onCancel: (id: string) => Promise<void>; onOpen: (call: string) => void }) {
  const [sure, setSure] = useState(false);
  const late = !c.on_phone && Date.parse(c.until) < now();
  return (
    <tr>
      <td>
        <button class="link" onClick={() => onOpen(c.id)}>
          {c.name ? `${c.name} · ${c.number}` : c.number}
        </button>
      </td>
      <td>{c.queue}</td>
      <td class={late ? "bad" : ""}>
        {dayClock(c.begin)} – {late ? t.promisedLate(dayClock(c.until)) : dayClock(c.until)}
      </td>
      <td>
        <span class={`chip ${c.state}`}>{t.callbackStates[c.state]?.(c.agent ?? "", c.due ? dayClock(c.due) : "") ?? c.state}</span>
      </td>
      <td class="num">{c.attempts}</td>
      <td>
        {sure ? (
          <span class="choices">
            <button class="decline" onClick={() => void onCancel(c.id).then(() => setSure(false))}>
              {t.cancelSure}
            </button>
            <button onClick={() => setSure(false)}>{t.keep}</button>
          </span>
        ) : (
          <button onClick={() => setSure(true)} disabled={c.on_phone}>
            {t.cancelCallback}
          </button>
        )}
      </td>
    </tr>
  );
}
