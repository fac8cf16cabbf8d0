// What a caller heard, to be heard again: the sounds of a call at their real times, with
// the facts as marks. No voice of anybody is in it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, type Answer, type Fact, type HeardSound } from "./api";
import { ownTexts } from "./texts";
import { duration } from "./time";
import { kindName } from "./trace";

const own = ownTexts({
  en: {
    title: "What the caller heard",
    hear: "Hear what the caller heard",
    play: "Play",
    pause: "Pause",
    loading: "Loading the sounds…",
    nothing: "The call was not answered: nothing was heard.",
    speed: (n: number) => `Speed ${n}×`,
    position: "Position in the call",
    at: (at: string, of: string, what: string) => `${at} of ${of}: ${what}`,
    gone: "this sound is not here any more",
    noVoice: "Prompts, announcements and music as they came. Nobody's voice is in it.",
    kinds: { music: "Music", ring: "A number outside is called", talk: "A talk, of which nothing is kept", silence: "Silence" } as Record<string, string>,
  },
  es: {
    title: "Lo que oyó quien llamaba",
    hear: "Oír lo que oyó quien llamaba",
    play: "Reproducir",
    pause: "Pausa",
    loading: "Cargando los sonidos…",
    nothing: "No se contestó la llamada: no se oyó nada.",
    speed: (n) => `Velocidad ${n}×`,
    position: "Posición en la llamada",
    at: (at, of, what) => `${at} de ${of}: ${what}`,
    gone: "este sonido ya no está aquí",
    noVoice: "Locuciones, anuncios y música tal como llegaron. No hay voz de nadie.",
    kinds: { music: "Música", ring: "Se llama a un número de fuera", talk: "Una conversación, de la que no se guarda nada", silence: "Silencio" },
  },
  ko: {
    title: "발신자가 들은 소리",
    hear: "발신자가 들은 소리 듣기",
    play: "재생",
    pause: "일시 정지",
    loading: "소리를 불러오는 중…",
    nothing: "전화가 연결되지 않아 들린 소리가 없습니다.",
    speed: (n) => `속도 ${n}배`,
    position: "통화 내 위치",
    at: (at, of, what) => `${of} 중 ${at}: ${what}`,
    gone: "이 소리는 더 이상 없습니다",
    noVoice: "안내, 공지, 음악이 들린 그대로입니다. 사람의 목소리는 없습니다.",
    kinds: { music: "음악", ring: "외부 번호로 거는 중", talk: "통화, 아무것도 저장되지 않음", silence: "무음" },
  },
  ja: {
    title: "発信者が聞いた音",
    hear: "発信者が聞いた音を聞く",
    play: "再生",
    pause: "一時停止",
    loading: "音を読み込んでいます…",
    nothing: "応答がなかったため、何も聞こえていません。",
    speed: (n) => `速度 ${n}倍`,
    position: "通話内の位置",
    at: (at, of, what) => `${of}中${at}：${what}`,
    gone: "この音はもうありません",
    noVoice: "案内、お知らせ、音楽が届いたとおりに流れます。誰の声も含まれていません。",
    kinds: { music: "音楽", ring: "外部の番号を呼び出し中", talk: "通話（何も保存されていません）", silence: "無音" },
  },
});

const tick = 50; // ms
const jump = 5; // s, of an arrow key

/** addressOf is where a sound is; "": nothing sounds, or it is not known any more. */
export function addressOf(s: HeardSound): string {
  if (s.kind === "music") return `/api/v1/music/${encodeURIComponent(s.name)}`;
  return s.sound && `/api/v1/sounds/${encodeURIComponent(s.sound)}`;
}

/** soundAt is what is heard at a moment; undefined: it is after the end. */
export function soundAt(sounds: HeardSound[], at: number): HeardSound | undefined {
  return sounds.find((s) => at >= s.at_s && at < s.at_s + s.length_s);
}

/** endOf is how long the call was heard, in seconds. */
export function endOf(sounds: HeardSound[]): number {
  const last = sounds.at(-1);
  return last ? last.at_s + last.length_s : 0;
}

/** offsets are when each fact of the call was, in seconds after the answer; those of calls in which somebody was asked have none. */
export function offsets(facts: Fact[]): { fact: Fact; at: number }[] {
  const answer = facts.find((f) => !f.call && f.kind === "call.answered") ?? facts[0];
  const zero = answer ? Date.parse(answer.at) : 0;
  return facts.filter((f) => !f.call).map((fact) => ({ fact, at: (Date.parse(fact.at) - zero) / 1000 }));
}

/** load fetches each sound once; those that are not there are left out. */
async function load(sounds: HeardSound[], addresses: Map<string, string>) {
  const wanted = new Set(sounds.map(addressOf).filter((a) => a && !addresses.has(a)));
  await Promise.all(
    [...wanted].map(async (address) => {
      const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
      if (answer?.ok) addresses.set(address, URL.createObjectURL(await answer.blob()));
    }),
  );
}

interface ReplayProps {
  call: string;
  facts: Fact[];
  onAt: (at: number) => void; // where it is, in seconds after the answer
}

/** Replay plays what the caller heard, once it is asked for. */
export function Replay({ call, facts, onAt }: ReplayProps) {
  const [sounds, setSounds] = useState<HeardSound[] | null>(null);
  const [state, setState] = useState<"" | "loading" | "ready">("");
  const [error, setError] = useState("");
  const addresses = useRef(new Map<string, string>());
  useEffect(
    () => () => {
      for (const a of addresses.current.values()) URL.revokeObjectURL(a);
    },
    [],
  );
  async function begin() {
    setState("loading");
    setError("");
    try {
      const { sounds } = await get<Answer<"/api/v1/calls/{id}/heard">>(`/api/v1/calls/${encodeURIComponent(call)}/heard`);
      await load(sounds, addresses.current);
      setSounds(sounds);
      setState("ready");
    } catch (e) {
      setError((e as Error).message);
      setState("");
    }
  }
  if (!sounds)
    return (
      <p class="replay">
        <button onClick={begin} disabled={state === "loading"}>
          {state === "loading" ? own.loading : `▶ ${own.hear}`}
        </button>
        {error && (
          <span class="bad" role="alert">
            {error}
          </span>
        )}
      </p>
    );
  if (sounds.length === 0)
    return (
      <p class="replay hint" role="status">
        {own.nothing}
      </p>
    );
  return <Player sounds={sounds} facts={facts} addresses={addresses.current} onAt={onAt} />;
}

interface PlayerProps {
  sounds: HeardSound[];
  facts: Fact[];
  addresses: Map<string, string>; // of what is loaded
  onAt: (at: number) => void;
}

function Player({ sounds, facts, addresses, onAt }: PlayerProps) {
  const end = endOf(sounds);
  const [playing, setPlaying] = useState(true); // it was asked for by a key or a click
  const [speed, setSpeed] = useState(1);
  const [at, setAt] = useState(0);
  const [jumps, setJumps] = useState(0); // each begins the sound anew
  const a = useMemo(() => new Audio(), []); // its words stand below it
  const button = useRef<HTMLButtonElement>(null);
  const marks = useMemo(() => offsets(facts), [facts]);
  const sound = soundAt(sounds, at);
  useEffect(() => {
    button.current?.focus();
    return () => a.pause();
  }, []);
  useEffect(() => onAt(at), [at]);

  // The clock leads, and the sounds follow it.
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const passed = ((now - last) / 1000) * speed;
      last = now;
      setAt((at) => Math.min(end, at + passed));
    }, tick);
    return () => clearInterval(timer);
  }, [playing, speed]);
  useEffect(() => {
    if (at >= end) setPlaying(false);
  }, [at >= end]);

  useEffect(() => {
    const src = sound && addresses.get(addressOf(sound));
    if (!playing || !sound || !src) {
      a.pause();
      return;
    }
    const from = sound.from_s + at - sound.at_s;
    a.loop = sound.kind === "music"; // a wait may be longer than the music
    a.onloadedmetadata = () => {
      a.currentTime = a.loop ? from % a.duration : from;
    };
    a.src = src;
    a.preservesPitch = true;
    a.defaultPlaybackRate = a.playbackRate = speed;
    a.play().catch(() => {}); // the next sound came before it began
  }, [playing, sound, jumps]);
  useEffect(() => {
    a.defaultPlaybackRate = a.playbackRate = speed;
  }, [speed]);

  function jumpTo(to: number) {
    setAt(Math.max(0, Math.min(end, to)));
    setJumps((n) => n + 1);
  }
  function onKey(e: KeyboardEvent) {
    const by = { ArrowLeft: -jump, ArrowDown: -jump, ArrowRight: jump, ArrowUp: jump }[e.key];
    if (by === undefined) return;
    e.preventDefault();
    jumpTo(at + by);
  }
  function toggle() {
    if (!playing && at >= end) jumpTo(0);
    setPlaying(!playing);
  }
  const said = describe(sound ?? sounds.at(-1), addresses);
  return (
    <section class="replay" aria-labelledby="replay-title">
      <h3 id="replay-title">{own.title}</h3>
      <div class="keys">
        <button ref={button} onClick={toggle}>
          {playing ? `❚❚ ${own.pause}` : `▶ ${own.play}`}
        </button>
        {[1, 2].map((n) => (
          <button key={n} class="small" aria-pressed={speed === n} aria-label={own.speed(n)} onClick={() => setSpeed(n)}>
            {n}×
          </button>
        ))}
        <span class="num">
          {duration(at * 1000)} / {duration(end * 1000)}
        </span>
      </div>
      <div class="strip" aria-hidden="true">
        {sounds.map((s) => (
          <span key={s.at_s} class={s.kind} style={{ left: share(s.at_s, end), width: share(s.length_s, end) }} />
        ))}
        {marks.map(({ fact, at: then }) => (
          <i key={fact.seq} class={then <= at ? "passed" : ""} title={kindName(fact)} style={{ left: share(Math.max(0, Math.min(end, then)), end) }} />
        ))}
      </div>
      <input
        type="range"
        min="0"
        max={end}
        step="any"
        value={at}
        aria-label={own.position}
        aria-valuetext={own.at(duration(at * 1000), duration(end * 1000), said)}
        onInput={(e) => jumpTo(Number(e.currentTarget.value))}
        onKeyDown={onKey}
      />
      <p class="said-now">{said}</p>
      <p class="hint">{own.noVoice}</p>
    </section>
  );
}

const share = (s: number, of: number) => `${(100 * s) / of}%`;

/** describe is what is heard, in words. */
function describe(s: HeardSound | undefined, addresses: Map<string, string>): string {
  if (!s) return "";
  const words = own.kinds[s.kind] ?? `“${s.text || s.name}”`;
  const silent = ["ring", "talk", "silence"].includes(s.kind);
  return silent || addresses.has(addressOf(s)) ? words : `${words} (${own.gone})`;
}
