// A recording is heard: its two sides as a picture, its marks, and keys for all of it.
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { get, type Answer, type Mark, type RecordingComment } from "./api";
import { Playback, speeds, type Side } from "./playback";
import { markWords } from "./recordingwords";
import { ownTexts } from "./texts";
import { duration } from "./time";
import { draw, peaksOf } from "./waveform";

const own = ownTexts({
  en: {
    play: "Play",
    pause: "Pause",
    opening: "Opening…",
    position: "Position in the recording",
    at: (at: string, of: string) => `${at} of ${of}`,
    speed: "Speed",
    times: (n: number) => `Speed ${n}×`,
    sides: { caller: "Caller alone", agent: "Agent alone" } as Record<Exclude<Side, "both">, string>,
    lanes: { caller: "Caller", agent: "Agent" } as Record<Exclude<Side, "both">, string>,
    next: "Next mark",
    keys: "Space plays and pauses, J and L go 5 seconds back and on, [ and ] change the speed, 1 and 2 have one side alone, M goes to the next mark.",
    marks: "What happened",
    none: "Nothing is marked.",
  },
  es: {
    play: "Reproducir",
    pause: "Pausa",
    opening: "Abriendo…",
    position: "Posición en la grabación",
    at: (at, of) => `${at} de ${of}`,
    speed: "Velocidad",
    times: (n) => `Velocidad ${n}×`,
    sides: { caller: "Solo quien llama", agent: "Solo el agente" },
    lanes: { caller: "Quien llama", agent: "Agente" },
    next: "Marca siguiente",
    keys: "Espacio reproduce y pausa, J y L van 5 segundos atrás y adelante, [ y ] cambian la velocidad, 1 y 2 dejan un solo lado, M va a la marca siguiente.",
    marks: "Qué pasó",
    none: "No hay nada marcado.",
  },
  ko: {
    play: "재생",
    pause: "일시 정지",
    opening: "여는 중…",
    position: "녹음 내 위치",
    at: (at, of) => `${of} 중 ${at}`,
    speed: "속도",
    times: (n) => `속도 ${n}×`,
    sides: { caller: "고객만", agent: "상담원만" },
    lanes: { caller: "고객", agent: "상담원" },
    next: "다음 표시",
    keys: "스페이스: 재생·일시 정지, J·L: 5초 뒤로·앞으로, [ ]: 속도, 1·2: 한쪽만 듣기, M: 다음 표시.",
    marks: "있었던 일",
    none: "표시가 없습니다.",
  },
  ja: {
    play: "再生",
    pause: "一時停止",
    opening: "開いています…",
    position: "録音内の位置",
    at: (at, of) => `${of}中${at}`,
    speed: "速度",
    times: (n) => `速度 ${n}倍`,
    sides: { caller: "お客様のみ", agent: "担当者のみ" },
    lanes: { caller: "お客様", agent: "担当者" },
    next: "次の印",
    keys: "スペースで再生と一時停止、JとLで5秒戻る・進む、[と]で速度、1と2で片側のみ、Mで次の印へ。",
    marks: "起きたこと",
    none: "印はありません。",
  },
});

const jump = 5; // s

/** Moment is a mark or a comment in the order of the recording. */
interface Moment {
  at: number;
  until: number | null;
  text: string;
  kind: string;
}

/** momentsOf are marks and comments in order. */
export function momentsOf(marks: Mark[], comments: RecordingComment[]): Moment[] {
  const list = marks.map((m): Moment => ({ at: m.at_s, until: m.until_s, text: markWords(m), kind: m.kind }));
  for (const c of comments) list.push({ at: c.at_s, until: null, text: `${c.by}: ${c.text}`, kind: "comment" });
  return list.sort((a, b) => a.at - b.at);
}

/** isTyped: the key is for what has the focus. */
export function isTyped(target: EventTarget | null, key: string): boolean {
  const e = target as HTMLElement | null;
  if (!e?.closest) return false;
  if (e.closest("textarea, select, input:not([type=range])")) return true;
  return key === " " && e.closest("button, a, summary") !== null;
}

interface PlayerProps {
  recording: string;
  length: number; // s
  from: number; // s, where it begins
  marks: Mark[];
  comments: RecordingComment[];
  onAt: (at: number) => void;
}

/** Player plays a recording. Nothing is fetched of its sound before somebody plays it. */
export function Player({ recording, length, from, marks, comments, onAt }: PlayerProps) {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const p = useMemo(() => new Playback(recording, length, () => again(0)), [recording, length]);
  useEffect(() => {
    p.jump(from);
    return () => p.close();
  }, [p]);
  const at = p.at;
  useEffect(() => onAt(at), [at]);
  const moments = useMemo(() => momentsOf(marks, comments), [marks, comments]);
  const next = () => {
    const m = moments.find((m) => m.at > p.at + 0.3);
    if (m) p.jump(m.at);
  };
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  useEffect(() => {
    const keys: Record<string, () => void> = {
      " ": () => void p.toggle(),
      j: () => p.jump(p.at - jump),
      l: () => p.jump(p.at + jump),
      "[": () => p.faster(-1),
      "]": () => p.faster(1),
      "1": () => p.solo("caller"),
      "2": () => p.solo("agent"),
      m: next,
    };
    const press = (e: KeyboardEvent) => {
      const act = keys[e.key.toLowerCase()];
      if (!act || e.ctrlKey || e.metaKey || e.altKey || isTyped(e.target, e.key)) return;
      e.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [p, moments]);
  return (
    // A click leaves the focus where it is, so that the space bar goes on playing and pausing.
    <section class="player" onMouseDown={(e) => (e.target as Element).closest("button") && e.preventDefault()}>
      <Wave recording={recording} length={length} at={at} marks={marks} comments={comments} onJump={(to) => p.jump(to)} />
      <input
        type="range"
        min="0"
        max={length}
        step="any"
        value={at}
        aria-label={own.position}
        aria-valuetext={own.at(duration(at * 1000), duration(length * 1000))}
        onInput={(e) => p.jump(Number(e.currentTarget.value))}
      />
      <div class="keys">
        <button ref={button} class="primary" onClick={() => void p.toggle()} disabled={p.opening}>
          {p.opening ? own.opening : p.playing ? `❚❚ ${own.pause}` : `▶ ${own.play}`}
        </button>
        <span class="num">
          {duration(at * 1000)} / {duration(length * 1000)}
        </span>
        <fieldset class="speeds" aria-label={own.speed}>
          {speeds.map((n) => (
            <button key={n} class="small" aria-pressed={p.audio.playbackRate === n} aria-label={own.times(n)} onClick={() => p.speed(n)}>
              {n}×
            </button>
          ))}
        </fieldset>
        {(["caller", "agent"] as const).map((side, i) => (
          <button key={side} class="small" aria-pressed={p.side === side} onClick={() => p.solo(side)}>
            {own.sides[side]} <kbd>{i + 1}</kbd>
          </button>
        ))}
        {moments.length > 0 && (
          <button class="small" onClick={next}>
            {own.next} <kbd>M</kbd>
          </button>
        )}
      </div>
      {p.error && (
        <p class="banner bad" role="alert">
          {p.error}
        </p>
      )}
      <p class="hint">{own.keys}</p>
      <h3>{own.marks}</h3>
      {moments.length === 0 && <p class="hint">{own.none}</p>}
      <ol class="moments">
        {moments.map((m, i) => (
          <li key={i} class={`is-${m.kind} ${m.at <= at + 0.05 && at < (m.until ?? m.at + 1) ? "now" : ""}`}>
            <button class="link num" onClick={() => p.jump(m.at)}>
              {duration(m.at * 1000)}
              {m.until !== null && `–${duration(m.until * 1000)}`}
            </button>{" "}
            {m.text}
          </li>
        ))}
      </ol>
    </section>
  );
}

interface WaveProps extends Omit<PlayerProps, "from" | "onAt"> {
  at: number;
  onJump: (to: number) => void;
}

/** Wave is the picture of both sides; a click goes there. What it shows is in words below it. */
function Wave({ recording, length, at, marks, comments, onJump }: WaveProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [peaks, setPeaks] = useState({ caller: new Uint8Array(), agent: new Uint8Array(), step: 0.05 });
  const [shown, showAgain] = useReducer((n: number) => n + 1, 0); // in another size, or other colours
  useEffect(() => {
    get<Answer<"/api/v1/recordings/{id}/peaks">>(`/api/v1/recordings/${encodeURIComponent(recording)}/peaks`)
      .then((a) => setPeaks({ caller: peaksOf(a.caller) as Uint8Array<ArrayBuffer>, agent: peaksOf(a.agent) as Uint8Array<ArrayBuffer>, step: a.step_s }))
      .catch(() => {}); // it is heard without a picture
  }, [recording]);
  useEffect(() => {
    const sized = new ResizeObserver(() => showAgain(0));
    if (canvas.current) sized.observe(canvas.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => showAgain(0);
    dark.addEventListener("change", follow);
    return () => {
      sized.disconnect();
      dark.removeEventListener("change", follow);
    };
  }, []);
  const points = comments.map((c): Mark => ({ at_s: c.at_s, until_s: null, kind: "mark", text: "", by: "" }));
  useEffect(() => {
    if (canvas.current) draw(canvas.current, { ...peaks, length, at, marks: [...marks, ...points] });
  }, [peaks, at, shown, marks, comments]);
  return (
    <div class="wave" aria-hidden="true">
      <span class="lane">{own.lanes.caller}</span>
      <span class="lane">{own.lanes.agent}</span>
      <canvas ref={canvas} onPointerDown={(e) => onJump((e.offsetX / e.currentTarget.clientWidth) * length)} />
    </div>
  );
}
