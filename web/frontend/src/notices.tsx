// What leaves the page: who gets it, by mail or webhook, and with what programs read.
import { useState } from "preact/hooks";
import { send, type Answer, type Me, type NoticeType, type Subscription } from "./api";
import { useAnswer } from "./ask";
import { Deliveries } from "./deliveries";
import { EditRow, type Texts } from "./edit";
import { Header } from "./frame";
import { Wide } from "./parts";
import { language, ownTexts, t } from "./texts";
import { moment } from "./time";
import { Tokens } from "./tokens";

const own = ownTexts({
  en: {
    title: "Notices",
    who: "Who gets what",
    mail: "Mail",
    webhook: "Webhook",
    addMail: "Add mail",
    addWebhook: "Add webhook",
    address: "Address",
    what: "What",
    state: "State",
    none: "Nobody gets anything yet.",
    on: "On",
    off: "Off",
    turnOff: "Switch off",
    turnOn: "Switch on",
    waiting: (n: number) => `${n} waiting`,
    failed: (n: number) => `${n} given up`,
    last: (when: string) => `last one ${when}`,
    test: "Send a test",
    sent: "The test is on its way.",
    deliveries: "Deliveries",
    key: "New key",
    sureKey: "Make a new key? For 24 hours both sign.",
    remove: "Remove",
    sureRemove: "Remove this address, and what waits for it?",
    made: (address: string) => `The key that signs what goes to ${address}. It is shown this once:`,
    settings: "by the settings",
    facts: "With all facts of a call that has ended, the caller's number too",
    withFacts: "with facts",
    mailLanguage: "Language",
    everything: "all",
    noMail: "No mail server is set (PRESSZERO_SMTP_URL): mails wait until there is one.",
    hint: "A webhook gets a signed POST (Standard Webhooks 1.0), is tried ten times in three days, and is switched off when it has taken nothing in that time. What happened in the last two weeks can be sent again.",
    queuesHint: "With commas. Empty: all.",
    types: {
      "call.ended": "Call ended",
      "queue.left": "Caller left a line",
      "message.left": "Message or complaint left",
      "message.overdue": "Message or complaint overdue",
      "callback.broken": "Promised callback not made in time",
      "limit.crossed": "Limit crossed",
      "limit.over": "Limit no longer crossed",
      "report.day": "The day's report",
      "webhook.disabled": "Webhook switched off",
      test: "Test",
    } as Record<NoticeType, string>,
  },
  es: {
    title: "Avisos",
    who: "Quién recibe qué",
    mail: "Correo",
    webhook: "Webhook",
    addMail: "Añadir correo",
    addWebhook: "Añadir webhook",
    address: "Dirección",
    what: "Qué",
    state: "Estado",
    none: "Nadie recibe nada todavía.",
    on: "Activo",
    off: "Desactivado",
    turnOff: "Desactivar",
    turnOn: "Activar",
    waiting: (n) => `${n} en espera`,
    failed: (n) => `${n} sin entregar`,
    last: (when) => `último ${when}`,
    test: "Enviar prueba",
    sent: "La prueba está en camino.",
    deliveries: "Envíos",
    key: "Clave nueva",
    sureKey: "¿Crear una clave nueva? Durante 24 horas firman las dos.",
    remove: "Quitar",
    sureRemove: "¿Quitar esta dirección y lo que espera para ella?",
    made: (address) => `La clave que firma lo que va a ${address}. Solo se muestra esta vez:`,
    settings: "por los ajustes",
    facts: "Con todos los hechos de una llamada terminada, también el número de quien llamó",
    withFacts: "con hechos",
    mailLanguage: "Idioma",
    everything: "todas",
    noMail: "No hay servidor de correo (PRESSZERO_SMTP_URL): los correos esperan hasta que lo haya.",
    hint: "Un webhook recibe un POST firmado (Standard Webhooks 1.0), se intenta diez veces en tres días y se desactiva si en ese tiempo no ha aceptado nada. Lo de las dos últimas semanas se puede enviar de nuevo.",
    queuesHint: "Con comas. Vacío: todas.",
    types: {
      "call.ended": "Llamada terminada",
      "queue.left": "Alguien salió de una cola",
      "message.left": "Mensaje o queja",
      "message.overdue": "Mensaje o queja fuera de plazo",
      "callback.broken": "Devolución prometida no hecha a tiempo",
      "limit.crossed": "Límite superado",
      "limit.over": "Límite ya no superado",
      "report.day": "Informe del día",
      "webhook.disabled": "Webhook desactivado",
      test: "Prueba",
    },
  },
  ko: {
    title: "알림",
    who: "받는 곳과 내용",
    mail: "메일",
    webhook: "웹훅",
    addMail: "메일 추가",
    addWebhook: "웹훅 추가",
    address: "주소",
    what: "내용",
    state: "상태",
    none: "아직 받는 곳이 없습니다.",
    on: "켜짐",
    off: "꺼짐",
    turnOff: "끄기",
    turnOn: "켜기",
    waiting: (n) => `대기 ${n}`,
    failed: (n) => `포기 ${n}`,
    last: (when) => `마지막 ${when}`,
    test: "시험 보내기",
    sent: "시험을 보내는 중입니다.",
    deliveries: "전송 내역",
    key: "새 키",
    sureKey: "새 키를 만들까요? 24시간 동안 두 키로 서명합니다.",
    remove: "삭제",
    sureRemove: "이 주소와 대기 중인 알림을 삭제할까요?",
    made: (address) => `${address}(으)로 보내는 알림에 서명하는 키입니다. 지금 한 번만 표시됩니다:`,
    settings: "설정에 있음",
    facts: "끝난 통화의 모든 기록 포함(고객 번호 포함)",
    withFacts: "기록 포함",
    mailLanguage: "언어",
    everything: "전체",
    noMail: "메일 서버가 설정되지 않았습니다(PRESSZERO_SMTP_URL). 설정될 때까지 메일은 대기합니다.",
    hint: "웹훅은 서명된 POST(Standard Webhooks 1.0)를 받으며, 사흘 동안 열 번 시도하고 그동안 하나도 받지 않으면 꺼집니다. 지난 2주의 알림은 다시 보낼 수 있습니다.",
    queuesHint: "쉼표로 구분. 비우면 전체.",
    types: {
      "call.ended": "통화 종료",
      "queue.left": "고객이 대기열을 떠남",
      "message.left": "메시지 또는 불만 접수",
      "message.overdue": "메시지 또는 불만 기한 지남",
      "callback.broken": "약속한 시간에 콜백 못 함",
      "limit.crossed": "한도 초과",
      "limit.over": "한도 초과 해소",
      "report.day": "하루 보고서",
      "webhook.disabled": "웹훅 꺼짐",
      test: "시험",
    },
  },
  ja: {
    title: "通知",
    who: "送り先と内容",
    mail: "メール",
    webhook: "Webhook",
    addMail: "メールを追加",
    addWebhook: "Webhook を追加",
    address: "宛先",
    what: "内容",
    state: "状態",
    none: "まだ送り先がありません。",
    on: "オン",
    off: "オフ",
    turnOff: "オフにする",
    turnOn: "オンにする",
    waiting: (n) => `待機 ${n}`,
    failed: (n) => `断念 ${n}`,
    last: (when) => `最終 ${when}`,
    test: "テストを送る",
    sent: "テストを送信中です。",
    deliveries: "送信履歴",
    key: "新しい鍵",
    sureKey: "新しい鍵を作りますか。24時間は両方の鍵で署名します。",
    remove: "削除",
    sureRemove: "この宛先と待機中の通知を削除しますか。",
    made: (address) => `${address} への通知に署名する鍵です。表示は今回だけです:`,
    settings: "設定による",
    facts: "終わった通話のすべての記録を含む(発信者の番号も)",
    withFacts: "記録つき",
    mailLanguage: "言語",
    everything: "すべて",
    noMail: "メールサーバーが設定されていません(PRESSZERO_SMTP_URL)。設定されるまでメールは待機します。",
    hint: "Webhook には署名つきの POST(Standard Webhooks 1.0)が届きます。3日間に10回試し、その間に一つも受け取られなければオフになります。過去2週間の通知は再送できます。",
    queuesHint: "コンマ区切り。空欄はすべて。",
    types: {
      "call.ended": "通話終了",
      "queue.left": "発信者がキューを離れた",
      "message.left": "メッセージまたは苦情",
      "message.overdue": "期限切れのメッセージまたは苦情",
      "callback.broken": "約束の時間に折り返せず",
      "limit.crossed": "しきい値超過",
      "limit.over": "しきい値超過の解消",
      "report.day": "一日の報告",
      "webhook.disabled": "Webhook の停止",
      test: "テスト",
    },
  },
});

export const noticesTitle = own.title;

/** typeWord is a type of notices in words. */
export const typeWord = (type: NoticeType) => own.types[type] ?? type;

export function NoticesPage({ me }: { me: Me }) {
  const house = me.role === "admin" || me.queues.length === 0;
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <h1>{own.title}</h1>
        {house && <Subscriptions />}
        <Tokens />
      </main>
    </>
  );
}

type List = Answer<"/api/v1/subscriptions">;
type Kind = Subscription["kind"];

function Subscriptions() {
  const { answer, error, missing, again } = useAnswer<List>("/api/v1/subscriptions", 5000);
  const [editing, setEditing] = useState(""); // an id, or the kind of a new one
  const [made, setMade] = useState<{ address: string; key: string } | null>(null);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const [shown, setShown] = useState<Subscription | null>(null);
  const list = answer?.subscriptions ?? [];

  async function act(what: () => Promise<unknown>, text = "") {
    setSaid(null);
    try {
      await what();
      if (text) setSaid({ text, bad: false });
    } catch (e) {
      setSaid({ text: (e as Error).message, bad: true });
    }
    await again();
  }
  const edit = (kind: Kind, s?: Subscription) => (
    <Edit key={s?.id ?? "+"} kind={kind} s={s} types={answer?.types ?? []} onSaved={again} onClose={() => setEditing("")} onMade={setMade} />
  );
  return (
    <section aria-labelledby="notices-title">
      <div class="title-row">
        <h2 id="notices-title">{own.who}</h2>
        <button onClick={() => setEditing("mail")}>{own.addMail}</button>
        <button onClick={() => setEditing("webhook")}>{own.addWebhook}</button>
      </div>
      {error && (
        <p class="banner bad" role="alert">
          {missing ? t.notHere : error}
        </p>
      )}
      {answer && !answer.mail && list.some((s) => s.kind === "mail") && (
        <p class="banner warn" role="status">
          {own.noMail}
        </p>
      )}
      {said && (
        <p class={`banner ${said.bad ? "bad" : ""}`} role={said.bad ? "alert" : "status"}>
          {said.text}
        </p>
      )}
      {made && (
        <p class="banner made" role="status">
          {own.made(made.address)} <code>{made.key}</code>
          <button onClick={() => setMade(null)}>{t.close}</button>
        </p>
      )}
      <Wide title="notices-title">
        {answer && list.length === 0 && editing === "" && <p class="empty">{own.none}</p>}
        {(list.length > 0 || editing !== "") && (
          <table class="subscriptions">
            <thead>
              <tr>
                <th>{own.address}</th>
                <th>{own.what}</th>
                <th>{t.queues}</th>
                <th>{own.state}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {(editing === "mail" || editing === "webhook") && edit(editing)}
              {list.map((s) =>
                editing === s.id ? (
                  edit(s.kind, s)
                ) : (
                  <Row key={s.id} s={s} act={act} onEdit={() => setEditing(s.id)} onKey={setMade} onShow={() => setShown(s)} />
                ),
              )}
            </tbody>
          </table>
        )}
        <p class="hint">{own.hint}</p>
      </Wide>
      {shown && <Deliveries of={shown} onClose={() => setShown(null)} />}
    </section>
  );
}

interface RowProps {
  s: Subscription;
  act: (what: () => Promise<unknown>, text?: string) => Promise<void>;
  onEdit: () => void;
  onKey: (made: { address: string; key: string }) => void;
  onShow: () => void;
}

function Row({ s, act, onEdit, onKey, onShow }: RowProps) {
  const path = `/api/v1/subscriptions/${encodeURIComponent(s.id)}`;
  const off = s.disabled_at !== undefined;
  const name = (what: string) => `${what}: ${s.address}`;
  async function newKey() {
    const { key } = await send<{ key: string }>("POST", `${path}/key`);
    onKey({ address: s.address, key });
  }
  return (
    <tr>
      <th scope="row">
        <span class="address">{s.address}</span>
        <span class="hint">
          {s.kind === "mail" ? own.mail : own.webhook}
          {s.facts ? `, ${own.withFacts}` : ""}
        </span>
      </th>
      <td>
        <ul class="plain">
          {s.types.map((type) => (
            <li key={type}>{typeWord(type)}</li>
          ))}
        </ul>
      </td>
      <td>{s.queues.join(", ") || t.everyQueue}</td>
      <td>
        <State s={s} />
      </td>
      <td>
        <span class="choices">
          <button onClick={onShow} aria-label={name(own.deliveries)}>
            {own.deliveries}
          </button>
          <button onClick={() => void act(() => send("POST", `${path}/test`), own.sent)} aria-label={name(own.test)}>
            {own.test}
          </button>
          <button onClick={() => void act(() => send("PUT", `${path}/disabled`, { disabled: !off }))} aria-label={name(off ? own.turnOn : own.turnOff)}>
            {off ? own.turnOn : own.turnOff}
          </button>
          {s.kind === "webhook" && (
            <button onClick={() => confirm(own.sureKey) && void act(newKey)} aria-label={name(own.key)}>
              {own.key}
            </button>
          )}
          {s.owner !== "" && (
            <>
              <button onClick={onEdit} aria-label={name(t.edit)}>
                {t.edit}
              </button>
              <button onClick={() => confirm(own.sureRemove) && void act(() => send("DELETE", path))} aria-label={name(own.remove)}>
                {own.remove}
              </button>
            </>
          )}
          {s.owner === "" && <span class="hint">{own.settings}</span>}
        </span>
      </td>
    </tr>
  );
}

function State({ s }: { s: Subscription }) {
  const off = s.disabled_at !== undefined;
  return (
    <>
      <span class={`chip ${off ? "error" : "idle"}`}>{off ? own.off : own.on}</span>
      {s.waiting > 0 && <span class="chip warning">{own.waiting(s.waiting)}</span>}
      {s.failed > 0 && <span class="chip error">{own.failed(s.failed)}</span>}
      {s.sent_at && <span class="hint"> {own.last(moment(s.sent_at))}</span>}
      {(s.disabled_why || s.error) && <p class="why">{s.disabled_why || s.error}</p>}
    </>
  );
}

interface EditProps {
  kind: Kind;
  s: Subscription | undefined;
  types: NoticeType[];
  onSaved: () => Promise<void>;
  onClose: () => void;
  onMade: (made: { address: string; key: string }) => void;
}

/** usual is what a new subscription begins with. */
const usual: Record<Kind, NoticeType[]> = {
  mail: ["report.day", "message.overdue", "callback.broken", "limit.crossed", "limit.over"],
  webhook: ["call.ended"],
};

function Edit({ kind, s, types, onMade, ...row }: EditProps) {
  const chosen = s?.types ?? usual[kind];
  const offered = types.filter((type) => kind === "mail" || type !== "webhook.disabled");
  async function save(text: Texts) {
    const body = {
      kind,
      address: text("address").trim(),
      types: offered.filter((type) => text(type) === "on"),
      queues: text("queues")
        .split(/[\s,]+/)
        .filter(Boolean),
      facts: text("facts") === "on",
      language: text("language") || (s?.language ?? language),
    };
    if (s) {
      await send("PUT", `/api/v1/subscriptions/${encodeURIComponent(s.id)}`, body);
      return;
    }
    const made = await send<{ key?: string }>("POST", "/api/v1/subscriptions", body);
    if (made.key) onMade({ address: body.address, key: made.key });
  }
  return (
    <EditRow head={kind === "mail" ? own.mail : own.webhook} columns={4} save={save} {...row}>
      <label class="wide">
        {own.address}
        <input
          name="address"
          inputMode={kind === "mail" ? "email" : "url"}
          required
          maxLength={2000}
          autoComplete="off"
          defaultValue={s?.address}
          placeholder={kind === "mail" ? "name@example.com" : "https://example.com/hook"}
        />
      </label>
      <fieldset class="wide types">
        <legend>{own.what}</legend>
        {offered.map((type) => (
          <label key={type} class="tick">
            <input type="checkbox" name={type} defaultChecked={chosen.includes(type)} /> {typeWord(type)}
          </label>
        ))}
      </fieldset>
      <label>
        {t.queues}
        <input name="queues" autoComplete="off" defaultValue={s?.queues.join(", ")} placeholder={t.everyQueue} />
        <span class="hint">{own.queuesHint}</span>
      </label>
      {kind === "mail" ? (
        <label>
          {own.mailLanguage}
          <select name="language">
            {Object.entries(names).map(([code, word]) => (
              <option key={code} value={code} selected={code === (s?.language ?? language)}>
                {word}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label class="tick">
          <input type="checkbox" name="facts" defaultChecked={s?.facts} /> {own.facts}
        </label>
      )}
    </EditRow>
  );
}

/** names are the languages, each in its own words. */
const names = { en: "English", es: "Español", ko: "한국어", ja: "日本語" };
