// Messages are tasks: somebody takes each, and says how it was answered.
import { useState } from "preact/hooks";
import { send, type Answer, type Me, type Message } from "./api";
import { useAnswer } from "./ask";
import { Timeline } from "./calls";
import { Finish } from "./finish";
import { Header } from "./frame";
import { Sound } from "./sound";
import { t } from "./texts";
import { duration, moment, now, since, useNow } from "./time";

export function MessagesPage({ me }: { me: Me }) {
  useNow();
  const open = useAnswer<Answer<"/api/v1/messages">>("/api/v1/messages");
  const done = useAnswer<Answer<"/api/v1/messages">>("/api/v1/messages?done=true");
  const [error, setError] = useState("");
  const [call, setCall] = useState<string | null>(null);
  async function change(id: string, what: "take" | "callback" | "done" | "hold", body: unknown) {
    setError("");
    try {
      const method = what !== "hold" ? "POST" : body ? "PUT" : "DELETE";
      await send(method, `/api/v1/messages/${encodeURIComponent(id)}/${what}`, body);
    } catch (e) {
      setError((e as Error).message);
    }
    await Promise.all([open.again(), done.again()]);
  }
  const said = error || open.error;
  const waiting = open.answer?.messages ?? [];
  const answered = done.answer?.messages ?? [];
  return (
    <>
      <Header me={me} />
      <main class="floor">
        {said && (
          <p class="banner bad" role="alert">
            {open.missing ? t.notHere : said}
          </p>
        )}
        <section aria-labelledby="open-title">
          <h1 id="open-title">
            {t.messagesOpen} <span class="count">{waiting.length}</span>
          </h1>
          <div class="card scroll">
            {waiting.length === 0 ? (
              <p class="empty">{t.noMessages}</p>
            ) : (
              <table class="messages">
                <thead>
                  <tr>
                    <th>{t.caller}</th>
                    <th>{t.queue}</th>
                    <th class="num">{t.age}</th>
                    <th class="num">{t.due}</th>
                    <th class="num">{t.length}</th>
                    <td />
                    <th>{t.inHands}</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {waiting.map((m) => (
                    <Waiting key={m.id} m={m} me={me} onChange={change} onOpen={setCall} />
                  ))}
                </tbody>
              </table>
            )}
          </div>
        </section>
        <section aria-labelledby="done-title">
          <h2 id="done-title">{t.messagesDone}</h2>
          <div class="card scroll">
            {answered.length === 0 ? <p class="empty">{t.noneDone}</p> : <Answered list={answered} me={me} onChange={change} onOpen={setCall} />}
          </div>
        </section>
      </main>
      {call && <Timeline call={call} mark={0} onClose={() => setCall(null)} />}
    </>
  );
}

interface WaitingProps {
  m: Message;
  me: Me;
  onChange: (id: string, what: "take" | "callback" | "done" | "hold", body: unknown) => Promise<void>;
  onOpen: (call: string) => void;
}

function Waiting({ m, me, onChange, onOpen }: WaitingProps) {
  const left = Date.parse(m.due_at) - now();
  const mine = m.taken_by === me.name;
  return (
    <tr class={left < 0 ? "overdue" : ""}>
      <td>
        <Who m={m} onOpen={onOpen} />
      </td>
      <td>{m.queue}</td>
      <td class="num">
        <time dateTime={m.left_at}>{since(m.left_at)}</time>
      </td>
      <td class={`num ${left < 0 ? "bad" : ""}`}>{left < 0 ? t.overdueFor(duration(-left)) : t.dueIn(duration(left))}</td>
      <td class="num">{duration(m.length_s * 1000)}</td>
      <td>
        <Said m={m} />
      </td>
      <td>{mine ? t.yours : (m.taken_by ?? "–")}</td>
      <td>
        <span class="choices">
          {!mine && <button onClick={() => void onChange(m.id, "take", { from: m.taken_by ?? "" })}>{m.taken_by ? t.takeOver(m.taken_by) : t.take}</button>}
          {m.number && <button onClick={() => void onChange(m.id, "callback", { from: m.taken_by ?? "" })}>{t.callBack}</button>}
          <Hold m={m} me={me} onChange={onChange} />
          {mine && <Finish m={m} onChange={onChange} />}
        </span>
      </td>
    </tr>
  );
}

/** Said is what the caller has said: a recording, or what an agent wrote down. */
function Said({ m }: { m: Message }) {
  if (m.kind === "complaint") return <span class="text">{m.text}</span>;
  return <Sound src={`/api/v1/messages/${encodeURIComponent(m.id)}/audio`} of={m.name || m.number || t.unknownCaller} />;
}

function Who({ m, onOpen }: { m: Message; onOpen: (call: string) => void }) {
  return (
    <>
      <button class="link" onClick={() => onOpen(m.call)}>
        {m.name && m.number ? `${m.name} · ${m.number}` : m.name || m.number || t.unknownCaller}
      </button>
      {m.vip && <span class="chip vip">{t.vip}</span>}
      {m.kind === "complaint" && <span class="chip warning">{t.complaint}</span>}
      {m.node === "fallback" && <span class="chip">{t.inFallback}</span>}
    </>
  );
}

/** Hold keeps a message beyond its time, and says why it is kept. */
function Hold({ m, me, onChange }: { m: Message; me: Me; onChange: WaitingProps["onChange"] }) {
  if (!m.held)
    return (
      <button
        onClick={() => {
          const why = window.prompt(t.holdWhy);
          if (why) void onChange(m.id, "hold", { why });
        }}
      >
        {t.hold}
      </button>
    );
  return (
    <>
      <span class="chip">{t.held(m.held)}</span>
      {me.role === "admin" && <button onClick={() => void onChange(m.id, "hold", undefined)}>{t.release}</button>}
    </>
  );
}

interface AnsweredProps {
  list: Message[];
  me: Me;
  onChange: WaitingProps["onChange"];
  onOpen: (call: string) => void;
}

function Answered({ list, me, onChange, onOpen }: AnsweredProps) {
  return (
    <table class="messages">
      <thead>
        <tr>
          <th>{t.caller}</th>
          <th>{t.queue}</th>
          <th>{t.left}</th>
          <th class="num">{t.age}</th>
          <th>{t.outcome}</th>
          <th>{t.by}</th>
          <td />
          <td />
        </tr>
      </thead>
      <tbody>
        {list.map((m) => (
          <tr key={m.id}>
            <td>
              <Who m={m} onOpen={onOpen} />
            </td>
            <td>{m.queue}</td>
            <td>{moment(m.left_at)}</td>
            <td class={`num ${m.overdue ? "bad" : ""}`}>{duration(m.age_s * 1000)}</td>
            <td>{t.hows[m.how ?? ""] ?? m.how}</td>
            <td>{m.done_by}</td>
            <td>
              <Said m={m} />
            </td>
            <td>
              <span class="choices">
                <Hold m={m} me={me} onChange={onChange} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
