// A talk. Its buttons are drawn from what the server says that the agent can do now.
import { useContext, useLayoutEffect, useRef, useState } from "preact/hooks";
import { askerName, consult, headline, heard, keysTo, nameOf, otherName, steps } from "./consult";
import { HandOver } from "./hand";
import { Act, LetterKey, Letters, useCalm, useKeys } from "./keyboard";
import { Keypad } from "./keypad";
import { QualityLight } from "./light";
import { Listeners } from "./listen";
import type { Desk, Talk, Verb } from "./line";
import { Caller, Fact, HandedBy } from "./panel";
import { EndForAll, Parties, Question } from "./parties";
import type { Phone, PhoneState } from "./phone";
import { Lamp, RecordingActs } from "./recording";
import { Step, StepAct } from "./step";
import { ownTexts, t } from "./texts";
import { duration, now, since, useNow } from "./time";

const own = ownTexts({
  en: {
    hold: "Hold",
    resume: "Talk again",
    onHold: "On hold",
    onHoldHint: "They hear music, and nobody hears them.",
    again: "Talking again",
    inAll: (d: string) => `${d} in all`,
    talkTime: "Talk",
    held: "On hold so far",
    long: (d: string) => `On hold for ${d}. Would a callback be better? The place in front is kept.`,
    saidLong: "On hold for over 30 seconds. You can offer a callback instead.",
    backInstead: "Call back instead",
    keypad: "Keypad",
    ask: "Ask",
    handOver: "Hand over",
    help: "Ask for help",
    helpAsked: "Help is asked for",
    gap: "Your voice is being connected again. Until then the caller hears music.",
  },
  es: {
    hold: "Poner en espera",
    resume: "Seguir hablando",
    onHold: "En espera",
    onHoldHint: "Oye música y nadie le oye.",
    again: "Hablando de nuevo",
    inAll: (d) => `${d} en total`,
    talkTime: "Conversación",
    held: "En espera hasta ahora",
    long: (d) => `En espera desde hace ${d}. ¿Sería mejor devolverle la llamada? Conserva el primer lugar.`,
    saidLong: "En espera desde hace más de 30 segundos. Puede ofrecer devolver la llamada.",
    backInstead: "Mejor devolver la llamada",
    keypad: "Teclado",
    ask: "Consultar",
    handOver: "Transferir",
    help: "Pedir ayuda",
    helpAsked: "Ayuda pedida",
    gap: "Su voz se está conectando de nuevo. Hasta entonces, quien llama oye música.",
  },
  ko: {
    hold: "보류",
    resume: "다시 통화",
    onHold: "보류 중",
    onHoldHint: "상대방은 음악을 듣고 있으며, 상대방의 말은 아무에게도 들리지 않습니다.",
    again: "다시 통화 중",
    inAll: (d) => `모두 ${d}`,
    talkTime: "통화 시간",
    held: "지금까지 보류",
    long: (d) => `${d} 동안 보류 중입니다. 다시 전화드리는 편이 나을까요? 맨 앞 순서는 유지됩니다.`,
    saidLong: "보류한 지 30초가 넘었습니다. 콜백을 제안할 수 있습니다.",
    backInstead: "대신 콜백하기",
    keypad: "키패드",
    ask: "협의하기",
    handOver: "넘기기",
    help: "도움 요청",
    helpAsked: "도움 요청함",
    gap: "음성을 다시 연결하는 중입니다. 그동안 고객은 음악을 듣습니다.",
  },
  ja: {
    hold: "保留",
    resume: "通話に戻る",
    onHold: "保留中",
    onHoldHint: "相手には音楽が流れ、相手の声は誰にも聞こえません。",
    again: "通話に戻りました",
    inAll: (d) => `合計 ${d}`,
    talkTime: "通話時間",
    held: "これまでの保留",
    long: (d) => `保留して${d}たちました。折り返しのほうがよいでしょうか。先頭の順番は保たれます。`,
    saidLong: "保留して30秒を超えました。折り返しを提案できます。",
    backInstead: "折り返しにする",
    keypad: "キーパッド",
    ask: "相談",
    handOver: "転送",
    help: "応援を頼む",
    helpAsked: "応援を頼みました",
    gap: "音声をつなぎ直しています。その間、お客様には音楽が流れます。",
  },
});

const longHold = 30_000; // ms

const heldFor = (talk: Talk) => (talk.hold ? now() - Date.parse(talk.hold.since) : 0);

/** Said tells the ear, once, what a talk has become. It is there all the time: only what changes is read out. */
export function Said({ desk }: { desk: Desk }) {
  useNow();
  return (
    <p class="hidden" role="status">
      {desk.talk ? said(desk.talk) : ""}
    </p>
  );
}

function said(talk: Talk): string {
  if (talk.asked?.with === "caller") return consult.youHearMusic(askerName(talk.asked));
  if (talk.other || talk.asked) return headline(talk);
  if (talk.hold) return heldFor(talk) >= longHold && talk.can?.includes("back") ? own.saidLong : own.onHold;
  if (talk.held) return own.again;
  return `${t.talkingWith} ${nameOf(talk.caller)}`;
}

export function Talking({ phone, state, talk, desk }: { phone: Phone; state: PhoneState; talk: Talk; desk: Desk }) {
  useNow();
  const { other, asked } = talk;
  const about = `${talk.call} ${other?.ask ?? ""}`;
  const [opened, setOpened] = useState({ about, what: "" as "" | "keypad" | "hand" | "ask" | "end" });
  const open = opened.about === about ? opened.what : ""; // what was opened was about what there was then
  const setOpen = (what: typeof open) => setOpened({ about, what });
  const calm = useCalm(`${about} ${!!talk.hold} ${other?.state} ${other?.with} ${talk.recording?.state}`);
  useKeys((key) => {
    if (key !== "m" && key !== "M") return false;
    phone.toggleMute();
    return true;
  });
  const letters = useContext(Letters).on;
  const panel = useRef<HTMLElement>(null);
  const mainButton = useRef<HTMLButtonElement>(null);
  const keypadButton = useRef<HTMLButtonElement>(null);
  const can = (...verbs: Verb[]) => verbs.some((v) => (talk.can ?? ["end"]).includes(v));
  const gap = !!talk.can && !can("hold", "resume", "cancel") && !asked; // her voice is away, and the caller knows
  const unheard = other?.with === "other" ? consult.unheard(otherName(other)) : asked ? consult.unheard(askerName(asked)) : t.unheard;
  const unhearing = other?.with === "other" ? consult.unhearing(otherName(other)) : asked ? consult.unhearing(askerName(asked)) : t.unhearing;
  const trouble = [state.unhearing && unhearing, state.unheard && !state.muted && unheard, state.micSilent && !state.muted && t.micSilent].filter(
    (text) => text && heard(talk) && !gap,
  );
  const closeKeypad = () => {
    setOpen("");
    keypadButton.current?.focus();
  };
  // What had the focus may be gone with what it was about.
  const hadFocus = panel.current?.contains(document.activeElement);
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) mainButton.current?.focus();
  }, [about]);
  const [first, ...more] = steps(talk).map(({ verb, letter }) => ({ ...deed(verb, talk, phone), verb, letter }));
  const hold = { verb: "hold", letter: "H", text: talk.hold ? own.resume : own.hold, good: !!talk.hold, act: () => phone.hold(!talk.hold) };
  const main = first ?? (can("hold", "resume") && hold);
  const to = other?.number ? (keysTo(talk).call === other.ask ? otherName(other) : nameOf(talk.caller)) : "";
  return (
    <section ref={panel} class={`panel talk ${other || asked ? "three" : talk.hold ? "held" : ""}`} onClickCapture={calm}>
      <h1>{headline(talk) || (talk.hold ? own.onHold : t.talkingWith)}</h1>
      {other || asked ? <Parties talk={talk} /> : <Alone phone={phone} talk={talk} back={can("back")} />}
      {asked && <p class="meanwhile">{asked.with === "caller" && consult.youHearMusic(askerName(asked))}</p>}
      {asked && <Question asked={asked} />}
      <Listeners talk={talk} />
      <Lamp talk={talk} />
      <Step talk={talk} />
      {talk.handed && <HandedBy handed={talk.handed} />}
      <dl class="facts">
        {talk.outgoing ? (
          <Fact label={t.ownCall}>{talk.caller.number || nameOf(talk.caller)}</Fact>
        ) : (
          <>
            <Fact label={t.forQueue}>{talk.queue}</Fact>
            {talk.caller.path && <Fact label={t.cameBy}>{talk.caller.path}</Fact>}
            {!asked && <Fact label={t.hadWaited}>{duration(talk.waited * 1000)}</Fact>}
          </>
        )}
        {talk.hold && (
          <Fact label={own.talkTime}>
            <span class="ticking">{since(talk.since)}</span>
          </Fact>
        )}
        {!talk.hold && talk.held && <Fact label={own.held}>{duration(talk.held * 1000)}</Fact>}
      </dl>
      <QualityLight state={state} />
      {gap && (
        <p class="banner warn" role="status">
          {other?.with === "all" ? consult.gap : own.gap} <button onClick={() => phone.repair()}>{t.repair}</button>
        </p>
      )}
      {state.muted && (
        <p class="banner warn" role="status">
          {t.muted}
        </p>
      )}
      {trouble.length > 0 && (
        <p class="banner bad" role="alert">
          {trouble.join(" ")} <button onClick={() => phone.repair()}>{t.repair}</button>
        </p>
      )}
      <div class="answer">
        {main && (
          <Act letter={main.letter} class={`huge ${main.good ? "accept" : ""}`} button={mainButton} act={main.act}>
            {main.text}
          </Act>
        )}
        <button class="huge" aria-pressed={state.muted} aria-keyshortcuts={letters ? "M" : undefined} onClick={() => phone.toggleMute()}>
          {state.muted ? t.unmute : t.mute} <LetterKey>M</LetterKey>
        </button>
        {can("end") && (
          <button class="decline huge" aria-haspopup={other && "dialog"} onClick={() => (other ? setOpen("end") : phone.hangUp())}>
            {other?.with === "all" ? consult.endAll : t.hangUp}
          </button>
        )}
      </div>
      <div class="acts">
        {more.map(({ verb, letter, text, act }) => (
          <Act key={verb} letter={letter} class="big" act={act}>
            {text}
          </Act>
        ))}
        {can("keys") && (
          <Act
            letter="K"
            class="big"
            button={keypadButton}
            aria-expanded={open === "keypad"}
            act={() => (open === "keypad" ? closeKeypad() : setOpen("keypad"))}
          >
            {own.keypad}
          </Act>
        )}
        {can("step") && <StepAct phone={phone} />}
        {can("ask") && (
          <Act letter="A" class="big" aria-haspopup="dialog" act={() => setOpen("ask")}>
            {own.ask}
          </Act>
        )}
        {can("hand", "back") && !can("leave") && (
          <Act letter="T" class="big" aria-haspopup="dialog" act={() => setOpen("hand")}>
            {own.handOver}
          </Act>
        )}
        <Act letter="S" class="big" aria-pressed={!!desk.help} act={() => phone.askHelp(!desk.help)}>
          {desk.help ? own.helpAsked : own.help}
        </Act>
        <RecordingActs phone={phone} talk={talk} />
      </div>
      {open === "keypad" && can("keys") && <Keypad key={keysTo(talk).call} phone={phone} to={to} onClose={closeKeypad} />}
      {(open === "ask" || open === "hand") && can("ask", "hand", "back") && (
        <HandOver phone={phone} talk={talk} notice={desk.notice} first={open} can={can} onClose={() => setOpen("")} />
      )}
      {open === "end" && other && <EndForAll other={other} onEnd={() => phone.hangUp()} onStay={() => setOpen("")} />}
    </section>
  );
}

/** deed is what a button does in a talk in which somebody is asked; good: it leads back to the caller, or on. */
function deed(verb: Verb, { other }: Talk, phone: Phone): { text: string; act: () => void; good: boolean } {
  const who = other ? otherName(other) : "";
  switch (verb) {
    case "caller":
      return { text: consult.toCaller, act: () => phone.turn("caller"), good: true };
    case "all":
      return { text: consult.allThree, act: () => phone.turn("all"), good: false };
    case "leave":
      return { text: consult.leave(who), act: () => phone.leave(), good: true };
    case "cancel":
      return { text: other?.with ? consult.endWith(who) : consult.cancel, act: () => phone.cancelAsk(), good: false };
  }
  return { text: consult.toOther(who), act: () => phone.turn("other"), good: false };
}

/** Alone is a caller with whom nobody else has to do. */
function Alone({ phone, talk, back }: { phone: Phone; talk: Talk; back: boolean }) {
  return (
    <>
      <Caller who={talk.caller} />
      {talk.hold ? <Hold phone={phone} talk={talk} back={back} /> : <Clock text={since(talk.since)} />}
    </>
  );
}

function Clock({ text, label }: { text: string; label?: string }) {
  return (
    <p class="timer big" role="timer" aria-live="off">
      {text} {label && <span class="label">{label}</span>}
    </p>
  );
}

/** Hold is how long it lasts, and from when on something else would be kinder. */
function Hold({ phone, talk, back }: { phone: Phone; talk: Talk; back: boolean }) {
  const ms = heldFor(talk);
  const before = (talk.held ?? 0) * 1000;
  return (
    <>
      <Clock text={duration(ms)} label={before > 0 ? own.inAll(duration(before + ms)) : undefined} />
      <p class="hint">{own.onHoldHint}</p>
      {back && ms >= longHold && (
        <p class="banner long-hold">
          {own.long(duration(ms))} <button onClick={() => phone.putBack("", true)}>{own.backInstead}</button>
        </p>
      )}
    </>
  );
}
