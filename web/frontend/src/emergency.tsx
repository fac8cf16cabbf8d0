// What every caller hears before everything else: written, or recorded with the microphone.
import { useEffect, useRef, useState } from "preact/hooks";
import { calm, emergency as spoken, recording } from "./acts";
import type { Emergency } from "./api";
import type { Acting } from "./done";
import { record, type Recorder } from "./recorder";
import { ownTexts } from "./texts";
import { clock, duration } from "./time";
import { Until, endOf } from "./until";

const own = ownTexts({
  en: {
    title: "Emergency text",
    hint: "Every caller of the house hears it first, before menus and queues.",
    hears: (until: string) => `Every caller hears first, until ${until}:`,
    voice: "a recording",
    by: (who: string) => `by ${who}`,
    text: "What callers hear",
    say: "Say this to every caller",
    end: "End it",
    orRecord: "Or record it",
    start: "Record",
    stop: "Stop",
    recorded: (length: string) => `Recorded, ${length}`,
    play: "Play the recording to every caller",
    noMic: "The microphone cannot be used: allow it in the browser, and try again.",
  },
  es: {
    title: "Aviso de emergencia",
    hint: "Todos los que llaman lo oyen primero, antes de menús y colas.",
    hears: (until) => `Todos oyen primero, hasta las ${until}:`,
    voice: "una grabación",
    by: (who) => `de ${who}`,
    text: "Lo que se oye",
    say: "Decirlo a todos",
    end: "Terminarlo",
    orRecord: "O grabarlo",
    start: "Grabar",
    stop: "Parar",
    recorded: (length) => `Grabado, ${length}`,
    play: "Poner la grabación a todos",
    noMic: "No se puede usar el micrófono: permítalo en el navegador y vuelva a intentarlo.",
  },
  ko: {
    title: "긴급 안내",
    hint: "모든 고객이 메뉴와 대기열보다 먼저 듣습니다.",
    hears: (until) => `${until}까지 모든 고객이 먼저 듣는 안내:`,
    voice: "녹음",
    by: (who) => `${who} 지정`,
    text: "고객이 들을 내용",
    say: "모든 고객에게 안내",
    end: "끝내기",
    orRecord: "또는 녹음하기",
    start: "녹음",
    stop: "중지",
    recorded: (length) => `녹음됨, ${length}`,
    play: "모든 고객에게 녹음 재생",
    noMic: "마이크를 쓸 수 없습니다. 브라우저에서 허용한 뒤 다시 시도하세요.",
  },
  ja: {
    title: "緊急案内",
    hint: "すべてのお客様が、メニューやキューより先に聞きます。",
    hears: (until) => `${until}まで、全員が最初に聞く案内:`,
    voice: "録音",
    by: (who) => `${who}が設定`,
    text: "お客様が聞く内容",
    say: "全員に流す",
    end: "終える",
    orRecord: "または録音する",
    start: "録音",
    stop: "停止",
    recorded: (length) => `録音しました（${length}）`,
    play: "録音を全員に流す",
    noMic: "マイクが使えません。ブラウザーで許可してから、もう一度お試しください。",
  },
});

export const emergencyTitle = own.title;

/** EmergencyBanner says what callers hear; acting is null for one who may not end it. */
export function EmergencyBanner({ emergency, acting }: { emergency: Emergency; acting: Acting | null }) {
  return (
    <p class="banner warn emergency" role="status">
      <span>
        <strong>{own.hears(clock(emergency.until))}</strong> {emergency.text ? `“${emergency.text}”` : own.voice}{" "}
        <span class="hint">{own.by(emergency.by)}</span>
      </span>
      {acting && (
        <button disabled={acting.busy} onClick={() => void acting.act(calm(emergency))}>
          {own.end}
        </button>
      )}
    </p>
  );
}

const longest = 500; // letters

export function EmergencyForm({ now, acting }: { now: Emergency | undefined; acting: Acting }) {
  const [text, setText] = useState(now?.text ?? "");
  const [minutes, setMinutes] = useState(60);
  const [voice, setVoice] = useState<{ file: Blob; seconds: number; address: string } | null>(null);
  const [recorder, setRecorder] = useState<Recorder | null>(null);
  const [error, setError] = useState("");
  const running = useRef<Recorder | null>(null);
  running.current = recorder;
  useEffect(() => () => running.current?.drop(), []);
  useEffect(() => () => void (voice && URL.revokeObjectURL(voice.address)), [voice]);
  async function start() {
    setError("");
    try {
      setRecorder(await record());
    } catch {
      setError(own.noMic);
    }
  }
  async function stop() {
    const r = recorder!;
    setRecorder(null);
    try {
      const done = await r.stop();
      setVoice({ ...done, address: URL.createObjectURL(done.file) });
    } catch {
      setError(own.noMic);
    }
  }
  async function play() {
    const form = new FormData();
    form.set("sound", voice!.file, "emergency.wav");
    if (await acting.act(recording(now, form, endOf(minutes)))) setVoice(null);
  }
  return (
    <>
      {now && <EmergencyBanner emergency={now} acting={acting} />}
      <p class="hint">{own.hint}</p>
      <Until minutes={minutes} set={setMinutes} />
      <form
        class="act"
        onSubmit={(e) => {
          e.preventDefault();
          void acting.act(spoken(now, text.trim(), endOf(minutes)));
        }}
      >
        <label class="stacked">
          {own.text}
          <textarea rows={3} maxLength={longest} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={acting.busy || text.trim() === ""}>
          {own.say}
        </button>
      </form>
      <h3>{own.orRecord}</h3>
      <p class="choices">
        {recorder ? <button onClick={() => void stop()}>■ {own.stop}</button> : <button onClick={() => void start()}>● {own.start}</button>}
        {voice && <span>{own.recorded(duration(1000 * voice.seconds))}</span>}
      </p>
      {voice && (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: it is what was spoken a moment ago */}
          <audio controls src={voice.address} />
          <button class="primary" disabled={acting.busy} onClick={() => void play()}>
            {own.play}
          </button>
        </>
      )}
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
