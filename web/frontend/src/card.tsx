// The card: who calls, as far as the house knows. It stands beside what the agent
// does, from the ringing to the end of the after-call work, and comes after it: no
// ringing waits for it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { look, query, saysNo, write, type Card, type Known, type Me } from "./api";
import { Inbox } from "./inbox";
import type { Desk } from "./line";
import { locale, ownTexts, t } from "./texts";
import { clock, dayClock, duration, moment, now } from "./time";
import { Words, sendKept } from "./wrapup";

const own = ownTexts({
  en: {
    title: "What we know of this caller",
    claim: "Calls from",
    loading: "Being looked up…",
    away: "Not available at the moment. The call goes on without it.",
    withheld: "The number is withheld, so nothing is known of this caller: anybody may be calling.",
    first: "Nothing is known yet: no earlier contact from this number.",
    language: "Language",
    chose: "Chose",
    typed: "Typed something in the menus (it is not kept)",
    callsToday: "Calls today",
    waitedToday: "Waited today, in all",
    told: (low: string, high: string) => `was told ${low} to ${high}`,
    toldLess: (high: string) => `was told less than ${high}`,
    toldNothing: "was told nothing",
    tries: "Tries today",
    contacts: "Last contacts",
    kinds: { callback: "Callback" } as Record<string, string>,
    noneGiven: "no code",
    openCallback: "Is promised a call",
    say: "To be said in this call",
    between: (from: string, to: string) => `${from} – ${to}`,
    voice: "Message waits for an answer",
    complaint: "Complaint waits for an answer",
    dueAt: (at: string) => `due ${at}`,
    late: "late",
    note: "Our note",
    edit: "Change name or note",
    name: "Name",
    save: "Keep",
    cancel: "Cancel",
    pop: "Open the customer's page",
  },
  es: {
    title: "Lo que sabemos de quien llama",
    claim: "Llama desde",
    loading: "Buscando…",
    away: "No disponible en este momento. La llamada sigue sin ello.",
    withheld: "El número está oculto, así que no se sabe nada: puede ser cualquiera.",
    first: "Aún no se sabe nada: ningún contacto anterior desde este número.",
    language: "Idioma",
    chose: "Eligió",
    typed: "Marcó algo en los menús (no se guarda)",
    callsToday: "Llamadas hoy",
    waitedToday: "Espera de hoy, en total",
    told: (low, high) => `se le dijo de ${low} a ${high}`,
    toldLess: (high) => `se le dijo menos de ${high}`,
    toldNothing: "no se le dijo nada",
    tries: "Intentos de hoy",
    contacts: "Últimos contactos",
    kinds: { callback: "Devolución" },
    noneGiven: "sin código",
    openCallback: "Se le prometió una llamada",
    say: "Lo que hay que decir en esta llamada",
    between: (from, to) => `${from} – ${to}`,
    voice: "Un mensaje espera respuesta",
    complaint: "Una queja espera respuesta",
    dueAt: (at) => `para ${at}`,
    late: "con retraso",
    note: "Nuestra nota",
    edit: "Cambiar nombre o nota",
    name: "Nombre",
    save: "Guardar",
    cancel: "Cancelar",
    pop: "Abrir la ficha del cliente",
  },
  ko: {
    title: "이 발신자에 대해 알고 있는 것",
    claim: "발신 번호",
    loading: "찾는 중…",
    away: "지금은 볼 수 없습니다. 통화는 그대로 진행됩니다.",
    withheld: "번호가 숨겨져 있어 아무것도 알 수 없습니다. 누구든 걸 수 있습니다.",
    first: "아직 알려진 것이 없습니다. 이 번호의 이전 연락이 없습니다.",
    language: "언어",
    chose: "선택",
    typed: "메뉴에서 번호를 입력함(저장되지 않음)",
    callsToday: "오늘 전화",
    waitedToday: "오늘 대기 시간 합계",
    told: (low, high) => `${low}~${high}로 안내됨`,
    toldLess: (high) => `${high} 이내로 안내됨`,
    toldNothing: "안내 없음",
    tries: "오늘의 시도",
    contacts: "최근 연락",
    kinds: { callback: "콜백" },
    noneGiven: "코드 없음",
    openCallback: "전화를 약속함",
    say: "이 통화에서 전할 말",
    between: (from, to) => `${from} – ${to}`,
    voice: "답변을 기다리는 메시지",
    complaint: "답변을 기다리는 불만",
    dueAt: (at) => `기한 ${at}`,
    late: "늦음",
    note: "우리 메모",
    edit: "이름 또는 메모 변경",
    name: "이름",
    save: "저장",
    cancel: "취소",
    pop: "고객 페이지 열기",
  },
  ja: {
    title: "この発信者について",
    claim: "発信番号",
    loading: "検索中…",
    away: "現在は表示できません。通話はそのまま続きます。",
    withheld: "番号が非通知のため、何も分かりません。誰からの電話かは不明です。",
    first: "まだ何も分かりません。この番号からの過去の連絡はありません。",
    language: "言語",
    chose: "選択",
    typed: "メニューで番号を入力(保存されません)",
    callsToday: "今日の電話",
    waitedToday: "今日の待ち時間の合計",
    told: (low, high) => `${low}～${high}と案内`,
    toldLess: (high) => `${high}以内と案内`,
    toldNothing: "案内なし",
    tries: "今日の試み",
    contacts: "最近の連絡",
    kinds: { callback: "折り返し" },
    noneGiven: "コードなし",
    openCallback: "電話を約束済み",
    say: "この通話で伝えること",
    between: (from, to) => `${from} – ${to}`,
    voice: "返答待ちのメッセージ",
    complaint: "返答待ちの苦情",
    dueAt: (at) => `期限 ${at}`,
    late: "期限超過",
    note: "社内メモ",
    edit: "名前・メモを変更",
    name: "名前",
    save: "保存",
    cancel: "取消",
    pop: "顧客ページを開く",
  },
});

/** callOf is the call that the agent has, or has just had; "" when there is none. */
export function callOf(desk: Desk): string {
  const offered = desk.offer?.offer.replace(/\.o\d+$/, "");
  return offered ?? desk.talk?.call ?? desk.wrap?.call ?? "";
}

const askAgain = 3000; // ms, while the server does not answer

/** Beside is what stands beside what the agent does now: the card and what she writes, or her inbox while she has nobody. */
export function Beside({ me, desk }: { me: Me; desk: Desk }) {
  const call = callOf(desk);
  useEffect(() => {
    void sendKept(call);
    const timer = setInterval(() => void sendKept(call), askAgain);
    return () => clearInterval(timer);
  }, [call]);
  if (!call) return desk.state === "idle" ? <Inbox me={me} /> : null;
  return <Caller key={call} me={me} desk={desk} call={call} />;
}

function Caller({ me, desk, call }: { me: Me; desk: Desk; call: string }) {
  const [card, set] = useState<Card | null>(null);
  const [failed, setFailed] = useState(false);
  const asked = useRef(0);
  const ask = async () => {
    const mine = ++asked.current;
    try {
      const answer = await look<Card>(`/api/v1/desk/card?${query({ call, language: locale })}`);
      if (mine !== asked.current) return;
      set(answer);
      setFailed(false);
    } catch {
      if (mine === asked.current) setFailed(true);
    }
  };
  // Again when the talk begins: by then the books know more of this call.
  const talks = desk.state === "talking";
  useEffect(() => void ask(), [talks]);
  const again = failed || card?.available === false;
  useEffect(() => {
    if (!again) return;
    const timer = setInterval(() => void ask(), askAgain);
    return () => clearInterval(timer);
  }, [again]);
  useEffect(
    () => () => {
      asked.current = -1;
    },
    [],
  );
  usePop(me, call, card, desk.state === "ringing");
  return (
    <div class="beside">
      {((talks && !desk.talk?.asked) || desk.state === "wrap_up") && card?.queue && (
        <Words key={call} card={card} more={desk.wrap?.more ?? 0} onChange={() => void ask()} />
      )}
      <section class="card known" aria-labelledby="known-title">
        <h2 id="known-title">{own.title}</h2>
        {card ? <Shown me={me} card={card} onChange={ask} /> : <p class="hint">{failed ? own.away : own.loading}</p>}
      </section>
    </div>
  );
}

function Shown({ me, card, onChange }: { me: Me; card: Card; onChange: () => Promise<void> }) {
  const [editing, setEditing] = useState(false);
  const known = card.known;
  return (
    <>
      <p class="who">
        <strong>{card.name || card.number || t.unknownCaller}</strong>
        {card.vip && <span class="chip vip">{t.vip}</span>}
      </p>
      <dl class="facts">
        {!card.withheld && (
          <Fact label={own.claim}>
            <span class="tabular">{card.number}</span>
          </Fact>
        )}
        {card.language && <Fact label={own.language}>{languageName(card.language)}</Fact>}
        {card.path && <Fact label={own.chose}>{card.path}</Fact>}
        {known && <Fact label={own.callsToday}>{known.calls_today}</Fact>}
        {known && <Fact label={own.waitedToday}>{duration(known.waited_today_s * 1000)}</Fact>}
      </dl>
      {known?.typed && <p class="hint">{own.typed}</p>}
      {card.withheld && <p class="banner">{own.withheld}</p>}
      {!card.available && (
        <p class="banner warn" role="status">
          {own.away}
        </p>
      )}
      {known?.callback_note && (
        <p class="note">
          <span class="label">{own.say}:</span> {known.callback_note}
        </p>
      )}
      {known?.note && !editing && (
        <p class="note">
          <span class="label">{own.note}:</span> {known.note}
        </p>
      )}
      {known && <Open known={known} />}
      {known && known.tries.length > 1 && <Tries known={known} />}
      {known && known.contacts.length > 0 && <Contacts known={known} />}
      {known && known.contacts.length === 0 && known.calls_today <= 1 && <p class="hint">{own.first}</p>}
      <p class="choices">
        {card.pop && (
          <button class="pop" onClick={() => pop(me, card)}>
            {own.pop} <span aria-hidden="true">↗</span>
          </button>
        )}
        {known && !editing && <button onClick={() => setEditing(true)}>{own.edit}</button>}
      </p>
      {known && editing && <Edit card={card} known={known} onClose={() => setEditing(false)} onSaved={onChange} />}
    </>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** languageName is what a language is called in that of the page; a tag that the browser does not know stays. */
function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Open is what the house owes the caller. */
function Open({ known }: { known: Known }) {
  const { callback, messages } = known;
  if (!callback && messages.length === 0) return null;
  return (
    <ul class="owed">
      {callback && (
        <li>
          <strong>{own.openCallback}</strong> {callback.begin && callback.until && own.between(dayClock(callback.begin), dayClock(callback.until))} ·{" "}
          {callback.queue}
        </li>
      )}
      {messages.map((m) => (
        <li key={m.id}>
          <strong>{m.kind === "complaint" ? own.complaint : own.voice}</strong> · {m.queue} · {own.dueAt(dayClock(m.due_at))}
          {Date.parse(m.due_at) < now() && <span class="late"> {own.late}</span>}
          {m.taken_by && ` · ${m.taken_by}`}
        </li>
      ))}
    </ul>
  );
}

function Tries({ known }: { known: Known }) {
  return (
    <div>
      <h3>{own.tries}</h3>
      <ul class="tries">
        {known.tries.map((v) => (
          <li key={v.at}>
            <time dateTime={v.at}>{clock(v.at)}</time> {v.queue} · {duration(v.wait_s * 1000)} · {told(v.told_low_s, v.told_high_s)}
            {v.outcome !== "open" && ` · ${t.outcomes[v.outcome] ?? v.outcome}`}
          </li>
        ))}
      </ul>
    </div>
  );
}

function told(low: number | null, high: number | null): string {
  const minutes = (s: number) => duration(s * 1000);
  if (high === null) return own.toldNothing;
  return low ? own.told(minutes(low), minutes(high)) : own.toldLess(minutes(high));
}

function Contacts({ known }: { known: Known }) {
  return (
    <div>
      <h3>{own.contacts}</h3>
      <ul class="contacts">
        {known.contacts.map((c) => (
          <li key={c.at}>
            <span>
              <time dateTime={c.at}>{moment(c.at)}</time> · {c.queue}
              {own.kinds[c.kind] && ` · ${own.kinds[c.kind]}`} · {t.outcomes[c.outcome] ?? c.outcome}
              {c.agent && ` · ${c.agent}`}
              {c.code && <span class="chip">{c.code === "none_given" ? own.noneGiven : c.label || c.code}</span>}
            </span>
            {c.note && <span class="note">{c.note}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Edit corrects the name and the house's note. */
function Edit({ card, known, onClose, onSaved }: { card: Card; known: Known; onClose: () => void; onSaved: () => Promise<void> }) {
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState("");
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  async function save(e: Event) {
    e.preventDefault();
    const written = new FormData(form.current!);
    try {
      await write("PUT", `/api/v1/desk/talks/${encodeURIComponent(card.call)}/caller`, {
        name: String(written.get("name") ?? "").trim(),
        note: String(written.get("note") ?? "").trim(),
      });
      await onSaved();
      onClose();
    } catch (e) {
      setError(saysNo(e) ? (e as Error).message : t.noServer);
    }
  }
  return (
    <form ref={form} class="edit" onSubmit={save} onKeyDown={(e) => e.key === "Escape" && onClose()}>
      <label class="wide">
        {own.name}
        <input name="name" defaultValue={card.name} maxLength={80} autocomplete="off" />
      </label>
      <label class="wide">
        {own.note}
        <textarea name="note" defaultValue={known.note} maxLength={500} rows={3} />
      </label>
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <span class="choices">
        <button class="primary">{own.save}</button>
        <button type="button" onClick={onClose}>
          {own.cancel}
        </button>
      </span>
    </form>
  );
}

// The page of another program. A browser opens a window only in a click or key of
// the person, so one that is to come by itself comes with the accept.

const windowName = "presszero-pop";
let ready: (() => void) | null = null; // opens the page of the caller who rings

/** popAtAccept opens the page of the caller whom the agent accepts, in that click or key, if the queue says so. */
export function popAtAccept(): void {
  ready?.();
  ready = null;
}

function usePop(me: Me, call: string, card: Card | null, rings: boolean): void {
  const byItself = !!card?.pop && card.pop.when !== "click";
  useEffect(() => {
    if (!rings || !byItself || !card) return;
    const mark = popped(me, call);
    ready = () => {
      if (!sessionStorage.getItem(mark)) pop(me, card);
    };
    if (card.pop?.when === "offer" && !sessionStorage.getItem(mark)) pop(me, card); // most browsers do not let us; the accept does
    return () => {
      ready = null;
    };
  }, [rings, byItself, call]);
}

const popped = (me: Me, call: string) => `${windowName}:${me.name}:${call}`;

/** pop opens the page in the one window for it. It keeps its opener, or a browser would open one for each caller; its machine is one that the house trusts (pop_hosts). */
function pop(me: Me, card: Card): void {
  if (window.open(card.pop!.url, windowName)) sessionStorage.setItem(popped(me, card.call), "1"); // a reload opens nothing
}
