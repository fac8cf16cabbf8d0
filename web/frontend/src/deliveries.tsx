// What went to one address, and what did not get there.
import { useEffect, useRef, useState } from "preact/hooks";
import { query, send, type Answer, type Delivery, type Subscription } from "./api";
import { useAnswer } from "./ask";
import { typeWord } from "./notices";
import { ownTexts, t } from "./texts";
import { momentToTheSecond } from "./time";

const own = ownTexts({
  en: {
    title: (to: string) => `Deliveries to ${to}`,
    failing: "Only what failed",
    none: "Nothing.",
    at: "Happened",
    what: "What",
    tries: "Tries",
    result: "Result",
    sent: "taken",
    gaveUp: "given up",
    next: (when: string) => `next try ${when}`,
    again: "Send again",
    since: "Send all since",
    went: (n: number) => `${n} on their way.`,
  },
  es: {
    title: (to) => `Envíos a ${to}`,
    failing: "Solo lo fallido",
    none: "Nada.",
    at: "Ocurrió",
    what: "Qué",
    tries: "Intentos",
    result: "Resultado",
    sent: "aceptado",
    gaveUp: "sin entregar",
    next: (when) => `próximo intento ${when}`,
    again: "Enviar de nuevo",
    since: "Enviar todo desde aquí",
    went: (n) => `${n} en camino.`,
  },
  ko: {
    title: (to) => `${to} 전송 내역`,
    failing: "실패한 것만",
    none: "없음",
    at: "발생",
    what: "내용",
    tries: "시도",
    result: "결과",
    sent: "받음",
    gaveUp: "포기",
    next: (when) => `다음 시도 ${when}`,
    again: "다시 보내기",
    since: "이후 모두 보내기",
    went: (n) => `${n}건을 보내는 중입니다.`,
  },
  ja: {
    title: (to) => `${to} への送信履歴`,
    failing: "失敗のみ",
    none: "ありません。",
    at: "発生",
    what: "内容",
    tries: "試行",
    result: "結果",
    sent: "受領済み",
    gaveUp: "断念",
    next: (when) => `次の試行 ${when}`,
    again: "再送",
    since: "以降をすべて再送",
    went: (n) => `${n}件を送信中です。`,
  },
});

/** Deliveries is a dialog with the newest deliveries to a subscription. */
export function Deliveries({ of: s, onClose }: { of: Subscription; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const [failing, setFailing] = useState(s.failed > 0);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const path = `/api/v1/subscriptions/${encodeURIComponent(s.id)}`;
  const { answer, error, again } = useAnswer<Answer<"/api/v1/subscriptions/{id}/deliveries">>(
    `${path}/deliveries?${query({ failing: failing ? "true" : undefined })}`,
    3000,
  );
  async function resend(body: { seq: number } | { after: number }) {
    try {
      const { notices } = await send<{ notices: number }>("POST", `${path}/again`, body);
      setSaid({ text: own.went(notices), bad: false });
    } catch (e) {
      setSaid({ text: (e as Error).message, bad: true });
    }
    await again();
  }
  const problem = error || (said?.bad ? said.text : "");
  return (
    <dialog ref={dialog} class="deliveries" onClose={onClose} aria-labelledby="deliveries-title">
      <div class="title-row">
        <h2 id="deliveries-title">{own.title(s.address)}</h2>
        <label class="tick">
          <input type="checkbox" checked={failing} onChange={(e) => setFailing(e.currentTarget.checked)} /> {own.failing}
        </label>
        <button onClick={() => dialog.current?.close()}>{t.close}</button>
      </div>
      {problem && (
        <p class="banner bad" role="alert">
          {problem}
        </p>
      )}
      <p role="status">{said && !said.bad ? said.text : ""}</p>
      {answer?.deliveries.length === 0 && <p class="empty">{own.none}</p>}
      {answer && answer.deliveries.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
        <div class="scroll" role="group" aria-labelledby="deliveries-title" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>{own.at}</th>
                <th>{own.what}</th>
                <th>{t.queue}</th>
                <th class="num">{own.tries}</th>
                <th>{own.result}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {answer.deliveries.map((d) => (
                <tr key={d.seq}>
                  <td>
                    <time dateTime={d.at}>{momentToTheSecond(d.at)}</time>
                  </td>
                  <th scope="row">{typeWord(d.type)}</th>
                  <td>{d.queue}</td>
                  <td class="num">{d.tries}</td>
                  <td>
                    <Result d={d} />
                  </td>
                  <td>
                    <span class="choices">
                      <button onClick={() => void resend({ seq: d.seq })} aria-label={`${own.again}: ${typeWord(d.type)}, ${momentToTheSecond(d.at)}`}>
                        {own.again}
                      </button>
                      <button onClick={() => void resend({ after: d.seq - 1 })} aria-label={`${own.since}: ${typeWord(d.type)}, ${momentToTheSecond(d.at)}`}>
                        {own.since}
                      </button>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </dialog>
  );
}

function Result({ d }: { d: Delivery }) {
  if (d.sent_at) {
    return (
      <>
        <span class="ok">✓ {own.sent}</span> <span class="hint">{[d.status || "", momentToTheSecond(d.sent_at)].filter(Boolean).join(", ")}</span>
      </>
    );
  }
  return (
    <>
      {d.next_at ? own.next(momentToTheSecond(d.next_at)) : <span class="bad">✗ {own.gaveUp}</span>}
      {d.error && <p class="why">{d.error}</p>}
    </>
  );
}
