// The agent's page. One thing is large at a time: what she does now.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Me } from "./api";
import { Beside, popAtAccept } from "./card";
import { Header } from "./frame";
import { DeviceNews, QualityLight } from "./light";
import type { Desk, Offer, Who } from "./line";
import { Phone, type PhoneState } from "./phone";
import { Setup, isReady } from "./setup";
import { t } from "./texts";
import { dayClock, duration, now, since, useNow } from "./time";
import { insists } from "./wrapup";

export function AgentPage({ me }: { me: Me }) {
  const phone = useRef<Phone | null>(null);
  const [state, setState] = useState<PhoneState | null>(null);
  useEffect(() => {
    const p = new Phone(setState);
    phone.current = p;
    setState(p.state);
    p.start();
    return () => p.stop();
  }, []);
  const p = phone.current;
  if (!p || !state) return null;
  if (state.bye) return <Over why={state.bye} />;
  const desk = state.desk;
  return (
    <>
      <Header me={me} onSignOut={() => p.signOut()} />
      <main class={`desk ${desk ? desk.state : "opening"} ${desk?.presence ?? ""}`}>
        {state.line === "broken" && <Banner kind="bad">{t.lineBroken}</Banner>}
        {state.error && <Banner kind="bad">{state.error}</Banner>}
        {desk && <Presence phone={p} desk={desk} />}
        {desk ? <Now phone={p} state={state} desk={desk} /> : <Panel title={t.lineOpening} />}
        {desk && <Beside me={me} desk={desk} />}
        {desk && <Notice desk={desk} />}
        <DeviceNews state={state} />
        <Setup phone={p} state={state} />
      </main>
    </>
  );
}

function Banner({ kind, children }: { kind: "bad" | "warn"; children: ComponentChildren }) {
  return (
    <p class={`banner ${kind}`} role="alert">
      {children}
    </p>
  );
}

/** Over is what is left of a page whose line has ended for good. */
function Over({ why }: { why: string }) {
  const texts: Record<string, string> = { elsewhere: t.elsewhere, denied: t.denied, signed_out: t.signedOut };
  return (
    <main class="signin">
      <div class="card" role="alert">
        <p class="large">{texts[why] ?? t.denied}</p>
        {why === "elsewhere" ? (
          <button class="primary big" onClick={() => location.reload()}>
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
function Presence({ phone, desk }: { phone: Phone; desk: Desk }) {
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
        {Object.entries(t.reasons).map(([reason, text]) => (
          <button class="choice away" aria-pressed={away && desk.reason === reason} onClick={() => phone.away(reason)}>
            {text}
          </button>
        ))}
      </span>
      {busy && away && <span class="hint">{t.afterThis}</span>}
    </section>
  );
}

function Panel({ title, kind = "", children }: { title: string; kind?: string; children?: ComponentChildren }) {
  return (
    <section class={`panel ${kind}`} aria-live="polite">
      <h1>{title}</h1>
      {children}
    </section>
  );
}

function Now({ phone, state, desk }: { phone: Phone; state: PhoneState; desk: Desk }) {
  switch (desk.state) {
    case "ringing":
      return <Ringing phone={phone} desk={desk} key={desk.offer?.offer} />;
    case "connecting":
      return <Connecting phone={phone} offer={desk.offer} />;
    case "talking":
      return <Talking phone={phone} state={state} desk={desk} />;
    case "wrap_up":
      return <WrapUp phone={phone} desk={desk} />;
  }
  return (
    <>
      <Idle state={state} desk={desk} />
      <Dial phone={phone} ready={desk.media} />
    </>
  );
}

/** Connecting is while the two are being joined, and before it while a number rings. */
function Connecting({ phone, offer }: { phone: Phone; offer?: Offer }) {
  const callback = offer?.callback;
  const dialing = callback?.dialing ?? false;
  useKeys((key) => {
    if (!dialing || key !== "Escape") return false;
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
          {t.dialNumber} <kbd>D</kbd>
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

function Idle({ state, desk }: { state: PhoneState; desk: Desk }) {
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
  const own = t.reasons[reason];
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

function Caller({ who }: { who: Who }) {
  return (
    <p class="caller">
      <strong>{who.name || who.number || t.unknownCaller}</strong>
      {who.vip && <span class="chip vip">{t.vip}</span>}
      {who.name && <span class="number">{who.number || t.unknownCaller}</span>}
    </p>
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

function Timer({ label, text }: { label: string; text: string }) {
  return (
    <p class="timer" role="timer" aria-live="off">
      <span class="label">{label}</span> {text}
    </p>
  );
}

/**
 * useKeys hears keys wherever the focus is, except where text is typed. Enter
 * and Space belong to the button that has the focus, unless it is the one
 * that they stand for.
 */
function useKeys(keys: (key: string) => boolean, own?: RefObject<HTMLElement | null>): void {
  const latest = useRef(keys);
  latest.current = keys;
  // With the layout, not after it: a key pressed the moment the page shows
  // what it does must be heard.
  useLayoutEffect(() => {
    const hear = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.repeat || e.ctrlKey || e.metaKey || e.altKey || target.closest("input, textarea, select, dialog")) return;
      const presses = e.key === "Enter" || e.key === " ";
      if (presses && target.closest("button, a") && target !== own?.current) return;
      if (latest.current(e.key)) e.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}

/** A key that was on its way when the ringing began must not take the call. */
const tooSoon = 350;

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
  const left = Math.ceil((Date.parse(offer.expires) - now()) / 1000);
  return (
    <section class={`panel ringing ${offer.callback ? "callback" : ""}`} role="alert">
      <h1>{offer.callback ? t.incomingCallback : t.incoming}</h1>
      <Caller who={whoIs(offer)} />
      {offer.returned && <p class="banner warn">{t.returned}</p>}
      <dl class="facts">
        <Fact label={t.forQueue}>{offer.queue}</Fact>
        {offer.caller.path && <Fact label={t.cameBy}>{offer.caller.path}</Fact>}
        {offer.callback && <CallbackFacts callback={offer.callback} />}
        {offer.caller.dialed && <Fact label={t.dialed}>{offer.caller.dialed}</Fact>}
        <Fact label={t.hasWaited}>
          <span class="ticking" aria-live="off">
            {since(offer.waiting)}
          </span>
        </Fact>
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
        {[left > 0 && t.ringsFor(left), offer.why && t.whys[offer.why]].filter(Boolean).join(" · ")}
      </p>
    </section>
  );
}

function Talking({ phone, state, desk }: { phone: Phone; state: PhoneState; desk: Desk }) {
  useNow();
  useKeys((key) => {
    if (key !== "m" && key !== "M") return false;
    phone.toggleMute();
    return true;
  });
  const talk = desk.talk;
  if (!talk) return null;
  const trouble = [state.unhearing && t.unhearing, state.unheard && !state.muted && t.unheard, state.micSilent && !state.muted && t.micSilent].filter(Boolean);
  return (
    <Panel title={t.talkingWith} kind="talk">
      <Caller who={talk.caller} />
      <p class="timer big" role="timer" aria-live="off">
        {since(talk.since)}
      </p>
      <dl class="facts">
        {talk.outgoing ? (
          <Fact label={t.ownCall}>{talk.caller.number}</Fact>
        ) : (
          <>
            <Fact label={t.forQueue}>{talk.queue}</Fact>
            {talk.caller.path && <Fact label={t.cameBy}>{talk.caller.path}</Fact>}
            <Fact label={t.hadWaited}>{duration(talk.waited * 1000)}</Fact>
          </>
        )}
      </dl>
      <QualityLight state={state} />
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
        <button class="huge" aria-pressed={state.muted} onClick={() => phone.toggleMute()}>
          {state.muted ? t.unmute : t.mute} <kbd>M</kbd>
        </button>
        <button class="decline huge" onClick={() => phone.hangUp()}>
          {t.hangUp}
        </button>
      </div>
    </Panel>
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
const mild = new Set(["caller_left", "taken", "callback_superseded", "callback_cancelled", "callback_given_up", "dial_given_up"]);

/** Notice says why something she had is gone. */
function Notice({ desk }: { desk: Desk }) {
  const time = useNow();
  const notice = desk.notice;
  const text = notice?.what === "taken" ? t.takenBy(notice.by) : t.notices[notice?.what ?? ""];
  const shown = notice && text && desk.state !== "ringing" && time - Date.parse(notice.at) < noticeStays;
  return (
    <div aria-live="assertive">
      {shown && <p class={`banner ${mild.has(notice.what) ? "info" : "warn"}`}>{[text, notice.text].filter(Boolean).join(" ")}</p>}
    </div>
  );
}
