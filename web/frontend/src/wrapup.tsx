// What an agent writes about a talk: a code, a note, a promise to call, a complaint.
// It is kept here with every letter, and by the server a moment later.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { saysNo, write, type Booked, type Card } from "./api";
import { drafts, drop, keep, kept, type Draft } from "./draft";
import { Act } from "./keyboard";
import { ownTexts } from "./texts";
import { dayClock, dayOf, now } from "./time";

const own = ownTexts({
  en: {
    title: "About this talk",
    code: "What was it about?",
    find: "Find a code",
    findHint: "Type, then Enter",
    none: "No code has these letters.",
    needed: "This queue needs a code: choose one before you go on.",
    noteNeeded: "This code needs a note: write a word about it.",
    note: "Note",
    noteHint: "For the next one who talks with this caller.",
    kept: "Kept.",
    keeping: "Being kept…",
    waiting: "Not kept by the server yet; it is kept here and sent again.",
    callBack: "Call back on",
    promise: "Promise",
    promised: (from: string, until: string) => `Promised: ${from} to ${until}. You are asked first.`,
    complains: "The caller complains",
    complaint: "What is the complaint?",
    takeDown: "Take it down",
    takenDown: "Taken down: it is a task with a due time now.",
    more: "One more minute",
  },
  es: {
    title: "Sobre esta conversación",
    code: "¿De qué trató?",
    find: "Buscar un código",
    findHint: "Escriba y pulse Intro",
    none: "Ningún código tiene esas letras.",
    needed: "Esta cola necesita un código: elija uno antes de seguir.",
    noteNeeded: "Este código necesita una nota: escriba unas palabras.",
    note: "Nota",
    noteHint: "Para quien hable después con esta persona.",
    kept: "Guardado.",
    keeping: "Guardando…",
    waiting: "El servidor aún no lo ha guardado; se guarda aquí y se envía de nuevo.",
    callBack: "Llamar el",
    promise: "Prometer",
    promised: (from, until) => `Prometido: de ${from} a ${until}. Se le pregunta a usted primero.`,
    complains: "Quien llama se queja",
    complaint: "¿Cuál es la queja?",
    takeDown: "Anotarla",
    takenDown: "Anotada: ahora es una tarea con plazo.",
    more: "Un minuto más",
  },
  ko: {
    title: "이 통화에 대하여",
    code: "어떤 내용이었습니까?",
    find: "코드 찾기",
    findHint: "입력 후 Enter",
    none: "해당하는 코드가 없습니다.",
    needed: "이 대기열에는 코드가 필요합니다. 먼저 하나를 선택하십시오.",
    noteNeeded: "이 코드에는 메모가 필요합니다. 한마디 적어 주십시오.",
    note: "메모",
    noteHint: "다음에 이 발신자와 통화할 사람을 위한 메모입니다.",
    kept: "저장됨.",
    keeping: "저장하는 중…",
    waiting: "아직 서버에 저장되지 않았습니다. 여기에 보관하고 다시 보냅니다.",
    callBack: "다시 전화할 시각",
    promise: "약속",
    promised: (from, until) => `약속됨: ${from}~${until}. 먼저 당신에게 연결됩니다.`,
    complains: "불만이 있는 발신자",
    complaint: "어떤 불만입니까?",
    takeDown: "접수",
    takenDown: "접수됨: 기한이 있는 작업이 되었습니다.",
    more: "1분 더",
  },
  ja: {
    title: "この通話について",
    code: "どのような内容でしたか。",
    find: "コードを探す",
    findHint: "入力してEnter",
    none: "該当するコードがありません。",
    needed: "このキューではコードが必要です。先に一つ選んでください。",
    noteNeeded: "このコードにはメモが必要です。一言書いてください。",
    note: "メモ",
    noteHint: "次にこの発信者と話す人のためのメモです。",
    kept: "保存しました。",
    keeping: "保存中…",
    waiting: "まだサーバーに保存されていません。ここに保管し、再送します。",
    callBack: "折り返し日時",
    promise: "約束",
    promised: (from, until) => `約束しました: ${from}～${until}。最初にあなたに回ります。`,
    complains: "苦情あり",
    complaint: "苦情の内容",
    takeDown: "受け付ける",
    takenDown: "受け付けました。期限のある作業になりました。",
    more: "あと1分",
  },
});

const pause = 700; // ms after the last letter before it is sent
const again = 3000; // ms, while the server does not take it

// What a page may ask before the after-call work ends.
let missing: (() => boolean) | null = null;

/** insists says what is missing, if the queue needs a code and there is none; then the work must not end yet. */
export function insists(): boolean {
  return missing?.() ?? false;
}

const at = (call: string, what: string) => `/api/v1/desk/talks/${encodeURIComponent(call)}/${what}`;

/** sendKept sends what was typed about other talks and is kept here only, as after a reload. A call at a time is promised by her alone. */
export async function sendKept(but: string): Promise<void> {
  for (const call of drafts()) {
    const draft = kept(call);
    if (call === but) continue;
    try {
      if (draft?.code || draft?.note) await write("PUT", at(call, "disposition"), { code: draft.code, note: draft.note });
      if (draft?.complains && draft.complaint) await write("PUT", at(call, "complaint"), { text: draft.complaint });
    } catch (e) {
      if (!saysNo(e)) return; // later
    }
    drop(call);
  }
}

type Keeping = "" | "keeping" | "kept" | "waiting";

export function Words({ card, more, onChange }: { card: Card; more: number; onChange: () => void }) {
  const call = card.call;
  const first = useRef<Draft>(
    kept(call) ?? { code: card.said.code === "none_given" ? "" : card.said.code, note: card.said.note, complaint: "", complains: false, at: "" },
  );
  const [draft, set] = useState(first.current);
  const [state, setState] = useState<Keeping>("");
  const [refusal, setRefusal] = useState("");
  const [insisting, setInsisting] = useState(false);
  const filter = useRef<HTMLInputElement>(null);
  const codes = useRef<HTMLDivElement>(null);
  const saved = useRef({ code: card.said.code, note: card.said.note });
  const latest = useRef(draft);
  const timer = useRef(0);
  latest.current = draft;

  const code = card.codes.find((c) => c.id === draft.code);
  const lacksNote = !!code?.note && !draft.note.trim();
  const unsent = () => latest.current.code !== saved.current.code || latest.current.note.trim() !== saved.current.note;

  const send = async () => {
    clearTimeout(timer.current);
    timer.current = 0;
    const { code, note } = latest.current;
    const wants = card.codes.find((c) => c.id === code)?.note && !note.trim();
    if (!unsent() || wants) return;
    setState("keeping");
    try {
      await write("PUT", at(call, "disposition"), { code, note });
      saved.current = { code, note: note.trim() };
      setRefusal("");
      setState("kept");
      if (!unsent() && !latest.current.complaint && !latest.current.at) drop(call);
    } catch (e) {
      if (saysNo(e)) {
        setRefusal((e as Error).message);
        setState("");
        return;
      }
      setState("waiting");
      timer.current = window.setTimeout(() => void send(), again);
    }
  };
  const change = (part: Partial<Draft>) => {
    const next = { ...latest.current, ...part };
    latest.current = next;
    set(next);
    keep(call, next);
    setInsisting(false);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void send(), "code" in part ? 0 : pause);
  };
  useEffect(() => {
    if (unsent()) void send(); // typed before a reload
    return () => void send(); // the clock is over; what is typed goes along
  }, []);
  const lacksCode = card.codes_required && !draft.code;
  useLayoutEffect(() => {
    missing = () => {
      if (!lacksCode && !lacksNote) return false;
      setInsisting(true);
      (lacksCode ? (filter.current ?? codes.current?.querySelector("button")) : document.getElementById("talk-note"))?.focus();
      return true;
    };
    return () => {
      missing = null;
    };
  }, [lacksCode, lacksNote]);

  return (
    <section class="card words" aria-labelledby="words-title">
      <div class="title-row">
        <h2 id="words-title">{own.title}</h2>
        <More left={more} />
      </div>
      {card.codes.length > 0 && <Codes card={card} chosen={draft.code} filter={filter} list={codes} onChoose={(code) => change({ code })} />}
      <label>
        {own.note}
        <textarea
          id="talk-note"
          rows={2}
          maxLength={1000}
          value={draft.note}
          onInput={(e) => change({ note: e.currentTarget.value })}
          aria-describedby="talk-note-hint"
        />
        <span class="hint" id="talk-note-hint">
          {own.noteHint}
        </span>
      </label>
      {(insisting || (lacksNote && draft.code)) && (lacksCode || lacksNote) && (
        <p class="banner warn" role="alert">
          {lacksCode ? own.needed : own.noteNeeded}
        </p>
      )}
      <CallBack card={card} draft={draft} onDraft={change} onChange={onChange} />
      <Complaint card={card} draft={draft} onDraft={change} onChange={onChange} />
      <p class="state hint" role="status">
        {{ "": "", keeping: own.keeping, kept: own.kept, waiting: own.waiting }[state]}
      </p>
      {refusal && (
        <p class="bad" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}

interface CodesProps {
  card: Card;
  chosen: string;
  filter: RefObject<HTMLInputElement | null>;
  list: RefObject<HTMLDivElement | null>;
  onChoose: (code: string) => void;
}

const filtered = 6; // codes from which on they can be filtered

/** Codes are the queue's, in their groups; a second press takes one back. */
function Codes({ card, chosen, filter, list, onChoose }: CodesProps) {
  const [typed, setTyped] = useState("");
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const found = card.codes.filter((c) => words.every((w) => fold(`${c.label} ${c.group ?? ""} ${c.id}`).includes(w)));
  const groups = [...new Set(found.map((c) => c.group ?? ""))];
  const choose = (id: string) => onChoose(id === chosen ? "" : id);
  const press = (e: KeyboardEvent) => {
    if (e.key === "Escape") setTyped("");
    if (e.key === "ArrowDown") list.current?.querySelector("button")?.focus();
    if (e.key === "Enter" && found[0]) {
      onChoose(found[0].id);
      setTyped("");
    }
  };
  return (
    <div class="codes" role="group" aria-labelledby="codes-title" ref={list}>
      <span class="label" id="codes-title">
        {own.code}
      </span>
      {card.codes.length >= filtered && (
        <input
          ref={filter}
          type="search"
          value={typed}
          placeholder={own.findHint}
          aria-label={own.find}
          onInput={(e) => setTyped(e.currentTarget.value)}
          onKeyDown={press}
        />
      )}
      {found.length === 0 && <p class="hint">{own.none}</p>}
      {groups.map((group) => (
        <div key={group} class="group">
          {group && <span class="hint">{group}</span>}
          <span class="choices">
            {found
              .filter((c) => (c.group ?? "") === group)
              .map((c) => (
                <button key={c.id} class="choice" aria-pressed={c.id === chosen} onClick={() => choose(c.id)}>
                  {c.label}
                </button>
              ))}
          </span>
        </div>
      ))}
    </div>
  );
}

/** fold has a word found without its capitals and accents. */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
}

interface PartProps {
  card: Card;
  draft: Draft;
  onDraft: (part: Partial<Draft>) => void;
  onChange: () => void;
}

/** CallBack promises the caller a call. */
function CallBack({ card, draft, onDraft, onChange }: PartProps) {
  const [booked, setBooked] = useState<Booked | null>(null);
  const [error, setError] = useState("");
  const shown = booked ?? card.said.callback;
  if (card.withheld) return null;
  async function promise(e: Event) {
    e.preventDefault();
    const when = Date.parse(draft.at); // by the clock of this machine
    if (Number.isNaN(when)) return;
    setError("");
    try {
      setBooked(await write<Booked>("PUT", at(card.call, "callback"), { at: new Date(when).toISOString() }));
      onDraft({ at: "" });
      onChange();
    } catch (e) {
      setError((e as Error).message);
    }
  }
  return (
    <form class="call-back" onSubmit={promise}>
      <label>
        {own.callBack}
        <input type="datetime-local" value={draft.at} min={`${dayOf(now())}T00:00`} onInput={(e) => onDraft({ at: e.currentTarget.value })} />
      </label>
      <button disabled={!draft.at}>{own.promise}</button>
      <span class="said" role="status">
        {shown && own.promised(dayClock(shown.begin), dayClock(shown.until))}
      </span>
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

/** Complaint takes a complaint down: a task with an owner. */
function Complaint({ card, draft, onDraft, onChange }: PartProps) {
  const [done, setDone] = useState(!!card.said.complaint);
  const [error, setError] = useState("");
  async function takeDown(e: Event) {
    e.preventDefault();
    if (!draft.complaint.trim()) return;
    setError("");
    try {
      await write("PUT", at(card.call, "complaint"), { text: draft.complaint });
      setDone(true);
      onDraft({ complaint: "", complains: false });
      onChange();
    } catch (e) {
      setError((e as Error).message);
    }
  }
  return (
    <form class="complaint" onSubmit={takeDown}>
      <label class="tick">
        <input
          type="checkbox"
          checked={draft.complains}
          onChange={(e) => onDraft({ complains: e.currentTarget.checked, complaint: e.currentTarget.checked && done ? card.said.complaint : draft.complaint })}
        />{" "}
        {own.complains}
      </label>
      {draft.complains && (
        <>
          <label>
            {own.complaint}
            <textarea rows={2} maxLength={1000} value={draft.complaint} onInput={(e) => onDraft({ complaint: e.currentTarget.value })} />
          </label>
          <button disabled={!draft.complaint.trim()}>{own.takeDown}</button>
        </>
      )}
      <span class="said" role="status">
        {done && !draft.complains && own.takenDown}
      </span>
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

/** More gives the after-call work one more minute, by a click or Alt+M. */
function More({ left }: { left: number }) {
  const [error, setError] = useState("");
  const press = () => {
    setError("");
    write("POST", "/api/v1/desk/more").catch((e: Error) => setError(e.message));
  };
  if (left <= 0) return null;
  return (
    <>
      <Act letter="M" act={press}>
        {own.more}
      </Act>
      {error && (
        <span class="bad" role="alert">
          {error}
        </span>
      )}
    </>
  );
}
