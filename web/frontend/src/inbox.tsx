// The inbox on the agent's page: the messages and complaints of her queues, while
// she has no caller.
import { useState } from "preact/hooks";
import { look, saysNo, write, type Answer, type Me, type Message } from "./api";
import { useAnswer } from "./ask";
import { Finish } from "./finish";
import { Sound } from "./sound";
import { ownTexts, t } from "./texts";
import { duration, now, since, useNow } from "./time";

const own = ownTexts({
  en: {
    title: "Messages and complaints of your queues",
    complaint: "Complaint",
    by: (who: string) => `taken down by ${who}`,
    none: "Nobody waits for an answer.",
  },
  es: { title: "Mensajes y quejas de sus colas", complaint: "Queja", by: (who) => `anotada por ${who}`, none: "Nadie espera respuesta." },
  ko: { title: "담당 대기열의 메시지와 불만", complaint: "불만", by: (who) => `${who} 님이 접수`, none: "답변을 기다리는 사람이 없습니다." },
  ja: { title: "担当キューのメッセージと苦情", complaint: "苦情", by: (who) => `${who}さんが受付`, none: "返答待ちはありません。" },
});

const every = 15_000; // ms

export function Inbox({ me }: { me: Me }) {
  useNow();
  const open = useAnswer<Answer<"/api/v1/messages">>("/api/v1/messages", every, look);
  const [error, setError] = useState("");
  async function change(id: string, what: "take" | "callback" | "done", body: unknown) {
    setError("");
    try {
      await write("POST", `/api/v1/messages/${encodeURIComponent(id)}/${what}`, body);
    } catch (e) {
      setError(saysNo(e) ? (e as Error).message : t.noServer);
    }
    await open.again();
  }
  const list = open.answer?.messages;
  if (!list || open.missing) return null;
  return (
    <section class="card inbox" aria-labelledby="inbox-title">
      <h2 id="inbox-title">
        {own.title} <span class="count">{list.length}</span>
      </h2>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      {list.length === 0 ? (
        <p class="empty">{own.none}</p>
      ) : (
        <ul>
          {list.map((m) => (
            <Task key={m.id} m={m} me={me} onChange={change} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface TaskProps {
  m: Message;
  me: Me;
  onChange: (id: string, what: "take" | "callback" | "done", body: unknown) => Promise<void>;
}

function Task({ m, me, onChange }: TaskProps) {
  const left = Date.parse(m.due_at) - now();
  const mine = m.taken_by === me.name;
  const who = m.name || m.number || t.unknownCaller;
  const from = m.taken_by ?? "";
  return (
    <li class={left < 0 ? "overdue" : ""}>
      <p>
        <strong>{m.name && m.number ? `${m.name} · ${m.number}` : who}</strong>
        {m.vip && <span class="chip vip">{t.vip}</span>}
        {m.kind === "complaint" && <span class="chip warning">{own.complaint}</span>}
      </p>
      <p class="hint">
        {m.queue} · <time dateTime={m.left_at}>{since(m.left_at)}</time> ·{" "}
        <span class={left < 0 ? "late" : ""}>{left < 0 ? t.overdueFor(duration(-left)) : t.dueIn(duration(left))}</span>
        {m.taken_by && ` · ${mine ? t.yours : m.taken_by}`}
        {m.agent && ` · ${own.by(m.agent)}`}
      </p>
      {m.text && <p class="note">{m.text}</p>}
      <span class="choices">
        {m.kind === "voice" && <Sound src={`/api/v1/messages/${encodeURIComponent(m.id)}/audio`} of={who} />}
        {!mine && (
          <button aria-label={`${from ? t.takeOver(from) : t.take}: ${who}`} onClick={() => void onChange(m.id, "take", { from })}>
            {from ? t.takeOver(from) : t.take}
          </button>
        )}
        {m.number && (
          <button aria-label={`${t.callBack}: ${who}`} onClick={() => void onChange(m.id, "callback", { from })}>
            {t.callBack}
          </button>
        )}
        {mine && <Finish m={m} onChange={onChange} />}
      </span>
    </li>
  );
}
