// The proof that this phone can ring: microphone, sound, voice connection.
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { Letters } from "./keyboard";
import type { Phone, PhoneState } from "./phone";
import { SoundSettings } from "./soundsettings";
import { sound, t } from "./texts";

type Standing = "ok" | "wait" | "bad";

export function isReady(s: PhoneState): boolean {
  return s.line === "up" && s.mic === "ok" && s.sound && !!s.desk?.media;
}

export function Setup({ phone, state }: { phone: Phone; state: PhoneState }) {
  const ready = isReady(state);
  const [open, setOpen] = useState(false);
  return (
    <section class={`setup ${ready ? "ready" : ""}`} aria-label={ready ? t.ready : t.setupTitle}>
      <h2>
        <Mark standing={ready ? "ok" : "wait"} /> {ready ? t.ready : t.setupTitle}
      </h2>
      <Meter phone={phone} />
      <button class="more" aria-expanded={open} onClick={() => setOpen(!open)}>
        {sound.title}
      </button>
      {!ready && (
        <ol>
          <Microphone phone={phone} state={state} />
          <Sound phone={phone} state={state} />
          <Connection state={state} />
        </ol>
      )}
      {!ready && <p class="hint">{t.notRung}</p>}
      {open && <SoundSettings phone={phone} state={state} />}
      <LettersSwitch />
    </section>
  );
}

function LettersSwitch() {
  const letters = useContext(Letters);
  return (
    <label class="tick">
      <input type="checkbox" checked={letters.on} onChange={(e) => letters.choose(e.currentTarget.checked)} />
      {t.lettersOn}
    </label>
  );
}

function Mark({ standing }: { standing: Standing }) {
  return (
    <span class={`mark ${standing}`} aria-hidden="true">
      {standing === "ok" ? "✓" : standing === "bad" ? "!" : "…"}
    </span>
  );
}

function Microphone({ phone, state }: { phone: Phone; state: PhoneState }) {
  const text = {
    asking: t.micAsking,
    ok: t.micOK,
    denied: t.micDenied,
    missing: t.micMissing,
    busy: t.micBusy,
    insecure: t.micInsecure,
    ended: t.micEnded,
  }[state.mic];
  const bad = state.mic !== "ok" && state.mic !== "asking";
  return (
    <li>
      <Mark standing={bad ? "bad" : state.mic === "ok" ? "ok" : "wait"} />
      <strong>{t.stepMicrophone}</strong>
      <span>{text}</span>
      {bad && state.mic !== "insecure" && (
        <span class="choices">
          <button onClick={() => void phone.openMic()}>{t.tryAgain}</button>
          {state.mic === "ended" && state.mics.length > 0 && <button onClick={() => void phone.useNextMic()}>{sound.nextMic}</button>}
        </span>
      )}
    </li>
  );
}

function Sound({ phone, state }: { phone: Phone; state: PhoneState }) {
  return (
    <li>
      <Mark standing={state.sound ? "ok" : "wait"} />
      <strong>{t.stepSound}</strong>
      <span>{state.sound ? t.soundOK : t.soundBlocked}</span>
      {!state.sound && <button onClick={() => void phone.letRing()}>{t.letRing}</button>}
    </li>
  );
}

function Connection({ state }: { state: PhoneState }) {
  const proved = !!state.desk?.media;
  const failed = !proved && state.path === "failed";
  const text = proved ? t.pathOK : failed ? t.pathFailed : state.mic === "ok" ? t.pathConnecting : t.pathWaiting;
  return (
    <li>
      <Mark standing={proved ? "ok" : failed ? "bad" : "wait"} />
      <strong>{t.stepConnection}</strong>
      <span>{text}</span>
    </li>
  );
}

/** Meter moves with the voice, so that an agent sees that her microphone hears her. */
function Meter({ phone }: { phone: Phone }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (bar.current) bar.current.style.transform = `scaleX(${phone.voice.level()})`;
    }, 100);
    return () => clearInterval(timer);
  }, [phone]);
  return (
    <span class="meter" role="img" aria-label={t.level} title={t.level}>
      <span ref={bar} />
    </span>
  );
}
