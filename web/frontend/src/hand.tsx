// Handing a caller over to a queue, a colleague or a number, asking one of them before,
// or back in line. The dialog stays until the caller is gone or somebody is asked, so
// that a refusal is read where it was asked.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { nameOf } from "./consult";
import { tooSoon } from "./keyboard";
import type { Notice, Talk, Verb } from "./line";
import { noticeText } from "./panel";
import type { Phone } from "./phone";
import { keepNote, noteOf } from "./tab";
import { choices, useTargets, type Choice, type Group } from "./targets";
import { ownTexts, t } from "./texts";

const own = ownTexts({
  en: {
    title: { hand: (who: string) => `Hand over: ${who}`, ask: (who: string) => `Ask about: ${who}` },
    find: "To whom? Name or number",
    groups: { queues: "Queues", colleagues: "Colleagues", numbers: "Numbers outside" } as Record<Group, string>,
    line: (waiting: number, free: number) => `${waiting} waiting, ${free} free`,
    closed: "closed",
    note: { hand: "Note for whoever takes the caller", ask: "What it is about: read by a colleague before answering" },
    nobodyFound: "Nobody of that name. A whole number can be called as it is.",
    asking: "The list is being fetched…",
    to: { hand: (name: string) => `Hand over to ${name}`, ask: (name: string) => `Ask ${name}` },
    choose: { hand: "Hand over", ask: "Ask" },
    instead: { hand: "Hand over now", ask: "Ask first" }, // of the other
    anyway: "Hand over anyway",
    back: "Back in line, in front",
  },
  es: {
    title: { hand: (who) => `Transferir: ${who}`, ask: (who) => `Consultar sobre: ${who}` },
    find: "¿A quién? Nombre o número",
    groups: { queues: "Colas", colleagues: "Compañeros", numbers: "Números externos" },
    line: (waiting, free) => `${waiting} en espera, ${free} libres`,
    closed: "cerrada",
    note: { hand: "Nota para quien la atienda", ask: "De qué se trata: se lee antes de contestar" },
    nobodyFound: "Nadie con ese nombre. Un número completo se puede marcar tal cual.",
    asking: "Cargando la lista…",
    to: { hand: (name) => `Transferir a ${name}`, ask: (name) => `Consultar a ${name}` },
    choose: { hand: "Transferir", ask: "Consultar" },
    instead: { hand: "Transferir ya", ask: "Consultar antes" }, // of the other
    anyway: "Transferir de todos modos",
    back: "De vuelta a la cola, en primer lugar",
  },
  ko: {
    title: { hand: (who) => `넘기기: ${who}`, ask: (who) => `협의하기: ${who}` },
    find: "누구에게? 이름 또는 번호",
    groups: { queues: "대기열", colleagues: "동료", numbers: "외부 번호" },
    line: (waiting, free) => `대기 ${waiting}명, 가능 ${free}명`,
    closed: "운영 종료",
    note: { hand: "받는 사람에게 남길 메모", ask: "용건: 동료가 받기 전에 읽습니다" },
    nobodyFound: "그런 이름이 없습니다. 전체 번호를 입력하면 그대로 걸 수 있습니다.",
    asking: "목록을 불러오는 중…",
    to: { hand: (name) => `${name}에게 넘기기`, ask: (name) => `${name}에게 협의 요청` },
    choose: { hand: "넘기기", ask: "협의 요청" },
    instead: { hand: "바로 넘기기", ask: "먼저 협의" }, // of the other
    anyway: "그래도 넘기기",
    back: "대기열 맨 앞으로 되돌리기",
  },
  ja: {
    title: { hand: (who) => `転送: ${who}`, ask: (who) => `相談: ${who}` },
    find: "相手の名前または番号",
    groups: { queues: "キュー", colleagues: "同僚", numbers: "外部の番号" },
    line: (waiting, free) => `待ち${waiting}人、空き${free}人`,
    closed: "受付時間外",
    note: { hand: "次に出る人へのメモ", ask: "用件：同僚は出る前に読みます" },
    nobodyFound: "その名前は見つかりません。番号をすべて入力すれば、そのままかけられます。",
    asking: "一覧を取得しています…",
    to: { hand: (name) => `${name}へ転送`, ask: (name) => `${name}に相談` },
    choose: { hand: "転送", ask: "相談" },
    instead: { hand: "すぐに転送", ask: "先に相談" }, // of the other
    anyway: "それでも転送",
    back: "列の先頭に戻す",
  },
});

const askEvery = 3000; // ms; who is free changes
const noteLength = 500;
const groups: Group[] = ["queues", "colleagues", "numbers"];

type Deed = "ask" | "hand";

/** What she may insist on. */
const mayInsist = new Set(["hand_closed", "hand_nobody"]);

interface Props {
  phone: Phone;
  talk: Talk;
  notice: Notice | undefined;
  first: Deed; // what Enter does, if she may
  can: (...verbs: Verb[]) => boolean;
  onClose: () => void;
}

export function HandOver({ phone, talk, notice, first, can, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const opened = useRef(Date.now());
  const [filter, setFilter] = useState("");
  const [chosen, setChosen] = useState(""); // id of a choice
  const [note, setNote] = useState(noteOf(talk.call));
  const [asked, setAsked] = useState<{ deed: Deed; choice: Choice; before?: string } | null>(null); // before: the notice that was there
  const targets = useTargets(askEvery);
  useLayoutEffect(() => dialog.current?.showModal(), []); // at once: what is typed next is meant for it
  const deeds = (first === "ask" ? (["ask", "hand"] as const) : (["hand", "ask"] as const)).filter((d) => can(d));
  const found = targets && deeds.length > 0 ? choices(targets, filter, talk.queue) : [];
  const choice = found.find((c) => c.id === chosen) ?? (!chosen && filter.trim() ? found[0] : undefined);
  const refused = asked && notice?.what.startsWith(`${asked.deed}_`) && notice.at !== asked.before ? notice : null;
  const who = nameOf(talk.caller);

  function send(deed: Deed | undefined, to: Choice | undefined, anyway: boolean) {
    if (!deed || !to) return;
    setAsked({ deed, choice: to, before: notice?.at });
    if (deed === "ask") phone.ask(to.target, note.trim());
    else phone.hand(to.target, note.trim(), anyway);
  }
  // The first that fits stays chosen, however the list is sorted a moment later.
  function find(text: string) {
    setFilter(text);
    choose((text.trim() && targets && choices(targets, text, talk.queue)[0]?.id) || "");
  }
  function choose(id: string) {
    setChosen(id);
    setAsked(null);
  }
  function move(by: number) {
    const at = choice ? found.indexOf(choice) : by > 0 ? -1 : 0;
    const next = found[(at + by + found.length) % found.length];
    if (next) choose(next.id);
  }
  function key(e: KeyboardEvent) {
    if (e.key === "ArrowDown") move(1);
    else if (e.key === "ArrowUp") move(-1);
    else if (e.key === "Enter" && !e.isComposing) {
      if (!e.repeat && Date.now() - opened.current > tooSoon) send(deeds[0], choice, false);
    } else return;
    e.preventDefault();
  }
  return (
    <dialog ref={dialog} class="hand" onClose={onClose} aria-labelledby="hand-title">
      <h2 id="hand-title">{own.title[deeds[0] ?? "hand"](who)}</h2>
      {deeds.length > 0 && (
        <>
          <label>
            <span class="label">{own.find}</span>
            <input
              role="combobox"
              aria-expanded="true"
              aria-autocomplete="list"
              aria-controls="hand-list"
              aria-activedescendant={choice && `hand-${found.indexOf(choice)}`}
              autocomplete="off"
              value={filter}
              onInput={(e) => find(e.currentTarget.value)}
              onKeyDown={key}
            />
          </label>
          <div id="hand-list" role="listbox" aria-label={own.find} onMouseDown={(e) => e.preventDefault() /* the focus stays in the field */}>
            {groups.map((group) => (
              <Choices key={group} group={group} found={found} choice={choice} onChoose={choose} />
            ))}
          </div>
          {found.length === 0 && (
            <p class="empty" role="status">
              {targets ? own.nobodyFound : own.asking}
            </p>
          )}
        </>
      )}
      <label>
        <span class="label">{own.note[deeds[0] ?? "hand"]}</span>
        <textarea
          rows={2}
          maxLength={noteLength}
          value={note}
          onInput={(e) => {
            setNote(e.currentTarget.value);
            keepNote(talk.call, e.currentTarget.value);
          }}
        />
      </label>
      <div role="alert">
        {refused && asked && (
          <p class="banner warn">
            {noticeText(refused)}
            {mayInsist.has(refused.what) && <button onClick={() => send(asked.deed, asked.choice, true)}>{own.anyway}</button>}
          </p>
        )}
      </div>
      <div class="choices">
        {deeds.map((deed, i) => (
          <button key={deed} class={i === 0 ? "primary big" : "big"} disabled={!choice} onClick={() => send(deed, choice, false)}>
            {i > 0 ? own.instead[deed] : choice ? own.to[deed](choice.name) : own.choose[deed]} {i === 0 && <kbd>{t.keyEnter}</kbd>}
          </button>
        ))}
        {can("back") && (
          <button class="big" onClick={() => phone.putBack(note.trim(), false)}>
            {own.back}
          </button>
        )}
        <button class="big" onClick={() => dialog.current?.close()}>
          {t.cancel} <kbd>{t.keyEsc}</kbd>
        </button>
      </div>
    </dialog>
  );
}

interface ChoicesProps {
  group: Group;
  found: Choice[];
  choice: Choice | undefined;
  onChoose: (id: string) => void;
}

/** Choices are those of one group. */
function Choices({ group, found, choice, onChoose }: ChoicesProps) {
  const mine = found.filter((c) => c.group === group);
  if (mine.length === 0) return null;
  return (
    <div role="group" aria-label={own.groups[group]}>
      <div class="group label" aria-hidden="true">
        {own.groups[group]}
      </div>
      {mine.map((c) => (
        <Option key={c.id} choice={c} at={found.indexOf(c)} on={c === choice} onChoose={onChoose} />
      ))}
    </div>
  );
}

function Option({ choice, at, on, onChoose }: { choice: Choice; at: number; on: boolean; onChoose: (id: string) => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (on) element.current?.scrollIntoView({ block: "nearest" });
  }, [on]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard in the field, as in every combobox
    <div ref={element} id={`hand-${at}`} role="option" tabIndex={-1} aria-selected={on} onClick={() => onChoose(choice.id)}>
      <span class="name">{choice.name}</span>
      <Standing choice={choice} />
    </div>
  );
}

/** Standing is what a choice is like now: whether somebody is there. */
function Standing({ choice: { queue, colleague, number } }: { choice: Choice }) {
  if (queue) return queue.open ? <span class="hint">{own.line(queue.waiting, queue.free)}</span> : <span class="chip closed">{own.closed}</span>;
  if (colleague) return <span class={`chip ${colleague.state}`}>{t.states[colleague.state] ?? colleague.state}</span>;
  return number ? <span class="hint">{number}</span> : null;
}
