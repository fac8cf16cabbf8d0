// The agent's page. One thing is large at a time: what she does now.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { signOut, type Me } from "./api";
import { Beside, popAtAccept } from "./card";
import { asksAbout } from "./consult";
import { Header } from "./frame";
import { EarlyKeypad } from "./keypad";
import { LetterKey, Letters, tooSoon, useKeys, useLetters } from "./keyboard";
import { DeviceNews } from "./light";
import type { Desk, Offer, Who } from "./line";
import { Caller, Fact, HandedBy, Panel, Timer, noticeText } from "./panel";
import { Question } from "./parties";
import { Phone, hasCaller, type PhoneState } from "./phone";
import { Setup, isReady } from "./setup";
import { Said, Talking } from "./talk";
import { useTargets } from "./targets";
import { t } from "./texts";
import { dayClock, duration, now, since, useNow } from "./time";
import { insists } from "./wrapup";

export function AgentPage({ me }: { me: Me }) {
  const phone = useRef<Phone | null>(null);
  const [state, setState] = useState<PhoneState | null>(null);
  const [takes, setTakes] = useState(0); // how often she has chosen this window
  const [leaving, setLeaving] = useState(false);
  const letters = useLetters();
  const breaks = useBreaks();
  useEffect(() => {
    const p = new Phone(me.name, takes > 0, setState);
    phone.current = p;
    setState(p.state);
    void p.start();
    return () => p.stop();
  }, [takes]);
  const p = phone.current;
  if (!p || !state) return null;
  if (state.bye) return <Over why={state.bye} onTake={() => setTakes(takes + 1)} />;
  const desk = state.desk;
  const leave = () => {
    p.signOut();
    void signOut();
  };
  return (
    <Letters.Provider value={letters}>
      <Header me={me} onSignOut={() => (hasCaller(desk) ? setLeaving(true) : leave())} />
      {leaving && hasCaller(desk) && <Leave onLeave={leave} onStay={() => setLeaving(false)} />}
      <main class={`desk ${desk ? desk.state : "opening"} ${desk?.presence ?? ""}`}>
        {state.line === "broken" && <Banner kind="bad">{t.lineBroken}</Banner>}
        {state.error && <Banner kind="bad">{state.error}</Banner>}
        {desk && <Presence phone={p} desk={desk} breaks={breaks} />}
        {desk && <Said desk={desk} />}
        {desk ? <Now phone={p} state={state} desk={desk} breaks={breaks} /> : <Panel title={t.lineOpening} />}
        {desk && <Beside me={me} desk={desk} />}
        {desk && <NoticeLine desk={desk} lost={state.lost} />}
        <DeviceNews state={state} />
        <Setup phone={p} state={state} />
      </main>
    </Letters.Provider>
  );
}

const breaksEvery = 5 * 60_000; // ms

/** useBreaks are the reasons of a break by their ids: the house's own, or ours. */
function useBreaks(): Record<string, string> {
  const breaks = useTargets(breaksEvery)?.breaks ?? [];
  return breaks.length > 0 ? Object.fromEntries(breaks.map((b) => [b.id, b.title])) : t.reasons;
}

function Banner({ kind, children }: { kind: "bad" | "warn"; children: ComponentChildren }) {
  return (
    <p class={`banner ${kind}`} role="alert">
      {children}
    </p>
  );
}

/** Leave asks before she leaves somebody alone. */
function Leave({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []); // at once: what is typed next is meant for it
  return (
    <dialog ref={dialog} class="leave" onClose={onStay} aria-labelledby="leave-title">
      <h2 id="leave-title">{t.leaveWarning}</h2>
      <p>{t.leaveMeans}</p>
      <div class="choices">
        <button class="primary big" onClick={() => dialog.current?.close()}>
          {t.leaveNot} <kbd>{t.keyEsc}</kbd>
        </button>
        <button class="decline big" onClick={onLeave}>
          {t.leaveAnyway}
        </button>
      </div>
    </dialog>
  );
}

/** Over is what is left of a page whose line has ended for good, or that has asked for a desk which is open elsewhere. */
function Over({ why, onTake }: { why: string; onTake: () => void }) {
  const texts: Record<string, string> = { elsewhere: t.elsewhere, open: t.openElsewhere, denied: t.denied, signed_out: t.signedOut };
  return (
    <main class="signin">
      <div class="card" role="alert">
        <h1 class="large">{texts[why] ?? t.denied}</h1>
        {why === "elsewhere" || why === "open" ? (
          <button class="primary big" onClick={onTake}>
            {t.useHere}
          </button>
        ) : (
          <a class="button primary big" href="/sign-in">
            {t.signInAgain}
          </a>
        )}
      </div>
    </main>
  );
}

/** Presence is the agent's own choice; it can be made at any time. */
function Presence({ phone, desk, breaks }: { phone: Phone; desk: Desk; breaks: Record<string, string> }) {
  const busy = desk.state === "talking" || desk.state === "connecting" || desk.state === "wrap_up";
  const away = desk.presence === "away";
  return (
    <section class="presence" role="group" aria-label={t.presence}>
      <button class="choice available" aria-pressed={!away} onClick={() => phone.available()}>
        <span class="dot" aria-hidden="true" />
        {t.available}
      </button>
      <span class="breaks">
        <span class="label">{t.breakFor}:</span>
        {Object.entries(breaks).map(([reason, text]) => (
          <button key={reason} class="choice away" aria-pressed={away && desk.reason === reason} onClick={() => phone.away(reason)}>
            {text}
          </button>
        ))}
      </span>
      {busy && away && <span class="hint">{t.afterThis}</span>}
    </section>
  );
}

function Now({ phone, state, desk, breaks }: { phone: Phone; state: PhoneState; desk: Desk; breaks: Record<string, string> }) {
  switch (desk.state) {
    case "ringing":
      return <Ringing phone={phone} desk={desk} key={desk.offer?.offer} />;
    case "connecting":
      return <Connecting phone={phone} offer={desk.offer} />;
    case "talking":
      return desk.talk ? <Talking phone={phone} state={state} talk={desk.talk} desk={desk} /> : null;
    case "wrap_up":
      return <WrapUp phone={phone} desk={desk} />;
  }
  return (
    <>
      <Idle state={state} desk={desk} breaks={breaks} />
      <Dial phone={phone} ready={desk.media} />
    </>
  );
}

/** Connecting is while the two are being joined, and before it while a number rings. */
function Connecting({ phone, offer }: { phone: Phone; offer?: Offer }) {
  const callback = offer?.callback;
  const dialing = callback?.dialing ?? false;
  const [keypad, setKeypad] = useState(false);
  useKeys((key) => {
    if (!dialing || keypad || key !== "Escape") return false;
    phone.giveUp();
    return true;
  });
  return (
    <Panel title={dialing ? t.dialing : t.connecting} kind="talk">
      {offer && <Caller who={whoIs(offer)} />}
      {callback && dialing && (
        <>
          <p class="hint">{t.dialingHint}</p>
          {!offer.outgoing && (
            <dl class="facts">
              <CallbackFacts callback={callback} />
            </dl>
          )}
          <div class="answer">
            <button class="decline huge" onClick={() => phone.giveUp()}>
              {t.giveUp} <kbd>{t.keyEsc}</kbd>
            </button>
          </div>
          {offer.outgoing && <EarlyKeypad phone={phone} open={keypad} setOpen={setKeypad} />}
        </>
      )}
    </Panel>
  );
}

/** Dial calls a number. The key D leads into the field, Enter dials, and Esc leads out. */
function Dial({ phone, ready }: { phone: Phone; ready: boolean }) {
  const field = useRef<HTMLInputElement>(null);
  const [number, setNumber] = useState("");
  useKeys((key) => {
    if (key !== "d" && key !== "D") return false;
    field.current?.focus();
    return true;
  });
  const submit = (e: Event) => {
    e.preventDefault();
    if (number.trim()) phone.dial(number.trim());
  };
  return (
    <form class="dial" onSubmit={submit}>
      <label>
        <span class="label">
          {t.dialNumber} <LetterKey>D</LetterKey>
        </span>
        <input
          ref={field}
          type="tel"
          autocomplete="off"
          value={number}
          onInput={(e) => setNumber(e.currentTarget.value)}
          onKeyDown={(e) => e.key === "Escape" && field.current?.blur()}
        />
      </label>
      <button disabled={!ready || !number.trim()}>
        {t.dialIt} <kbd>{t.keyEnter}</kbd>
      </button>
    </form>
  );
}

function Idle({ state, desk, breaks }: { state: PhoneState; desk: Desk; breaks: Record<string, string> }) {
  useNow();
  if (desk.presence === "available") {
    const ready = isReady(state);
    return (
      <Panel title={ready ? t.idleAvailable : t.notReady} kind={ready ? "free" : "unready"}>
        <p class="hint">{ready ? t.idleAvailableHint : t.notRung}</p>
        {ready && <Timer label={t.for_} text={since(desk.since)} />}
      </Panel>
    );
  }
  const reason = desk.reason ?? "";
  const own = breaks[reason] ?? t.reasons[reason];
  return (
    <Panel title={own ? `${t.awayFor}: ${own}` : t.away} kind="away">
      <p class="hint">{t.awayReasons[reason] ?? t.awayHint}</p>
      {own && <Timer label={t.for_} text={since(desk.since)} />}
    </Panel>
  );
}

/** whoIs is who is offered. Of a callback it is the number that will be dialled, not the one that called. */
function whoIs(offer: Offer): Who {
  return offer.callback ? { ...offer.caller, number: offer.callback.number } : offer.caller;
}

function CallbackFacts({ callback }: { callback: NonNullable<Offer["callback"]> }) {
  const late = Date.parse(callback.until) < now();
  return (
    <>
      <Fact label={t.attempt}>{callback.attempt}</Fact>
      <Fact label={t.promisedBy}>
        <span class={late ? "late" : ""}>{late ? t.promisedLate(dayClock(callback.until)) : dayClock(callback.until)}</span>
      </Fact>
    </>
  );
}

function Ringing({ phone, desk }: { phone: Phone; desk: Desk }) {
  const at = useRef(Date.now());
  const accept = useRef<HTMLButtonElement>(null);
  useNow();
  useEffect(() => accept.current?.focus(), []);
  useKeys((key) => {
    if (Date.now() - at.current < tooSoon) return key === "Enter" || key === " ";
    if (key === "Enter" || key === " ") take();
    else if (key === "Escape") phone.decline();
    else return false;
    return true;
  }, accept);
  const offer = desk.offer;
  const take = () => {
    popAtAccept();
    phone.accept();
  };
  if (!offer) return null;
  const { asked } = offer;
  const left = Math.ceil((Date.parse(offer.expires) - now()) / 1000);
  return (
    <section class={`panel ringing ${asked ? "asked" : offer.callback ? "callback" : ""}`} role="alert">
      <h1>{asked ? asksAbout(asked, offer.caller) : offer.callback ? t.incomingCallback : t.incoming}</h1>
      <Caller who={whoIs(offer)} />
      {asked && <Question asked={asked} />}
      {offer.handed && <HandedBy handed={offer.handed} />}
      {offer.returned && !offer.handed && <p class="banner warn">{t.returned}</p>}
      <dl class="facts">
        <Fact label={t.forQueue}>{offer.queue}</Fact>
        {offer.caller.path && <Fact label={t.cameBy}>{offer.caller.path}</Fact>}
        {offer.callback && <CallbackFacts callback={offer.callback} />}
        {offer.caller.dialed && <Fact label={t.dialed}>{offer.caller.dialed}</Fact>}
        {!asked && (
          <Fact label={t.hasWaited}>
            <span class="ticking" aria-live="off">
              {since(offer.waiting)}
            </span>
          </Fact>
        )}
      </dl>
      <div class="answer">
        <button ref={accept} class="accept huge" onClick={take}>
          {offer.callback ? t.acceptCallback : t.accept} <kbd>{t.keyEnter}</kbd>
        </button>
        <button class="decline huge" onClick={() => phone.decline()}>
          {t.decline} <kbd>{t.keyEsc}</kbd>
        </button>
      </div>
      <p class="hint" aria-live="off">
        {[left > 0 && t.ringsFor(left), !asked && offer.why && t.whys[offer.why]].filter(Boolean).join(" · ")}
      </p>
    </section>
  );
}

function WrapUp({ phone, desk }: { phone: Phone; desk: Desk }) {
  const at = useRef(Date.now());
  const done = useRef<HTMLButtonElement>(null);
  const finish = () => {
    if (!insists()) phone.wrapped();
  };
  useNow();
  useEffect(() => done.current?.focus(), []);
  useKeys((key) => {
    if (key !== "Enter") return false;
    if (Date.now() - at.current > tooSoon) finish();
    return true;
  }, done);
  return (
    <Panel title={t.wrapUp} kind="wrap">
      {desk.wrap_up && (
        <p class="timer big" role="timer" aria-live="off">
          {duration(Date.parse(desk.wrap_up) - now() + 999)} <span class="label">{t.wrapUpLeft}</span>
        </p>
      )}
      <p class="hint">{t.wrapUpHint}</p>
      <button ref={done} class="primary huge" onClick={finish}>
        {t.done} <kbd>{t.keyEnter}</kbd>
      </button>
    </Panel>
  );
}

const noticeStays = 60_000;

/** What is nobody's fault. */
const mild = new Set([
  "caller_left",
  "caller_chose",
  "taken",
  "callback_superseded",
  "callback_cancelled",
  "callback_given_up",
  "dial_given_up",
  "ask_left",
  "ask_taken_back",
  "ask_over",
  "ask_handed",
]);

/** NoticeLine says why something she had is gone. */
function NoticeLine({ desk, lost }: { desk: Desk; lost: string }) {
  const time = useNow();
  const notice = desk.notice ?? (lost ? { what: "page_lost", at: lost } : undefined);
  const text = notice && noticeText(notice);
  const shown = notice && text && desk.state !== "ringing" && time - Date.parse(notice.at) < noticeStays;
  return <div aria-live="assertive">{shown && <p class={`banner ${mild.has(notice.what) ? "info" : "warn"}`}>{text}</p>}</div>;
}
