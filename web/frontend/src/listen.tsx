// A supervisor listens to the talk of an agent, whispers to the agent, or joins the talk;
// and what the agent's page shows of it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LiveAgent } from "./api";
import { Ear, type EarState, type Mode } from "./ear";
import type { Talk } from "./line";
import { Caller } from "./panel";
import { ownTexts, t } from "./texts";
import { now, since, useNow } from "./time";

const own = ownTexts({
  en: {
    button: (who: string) => `Listen to ${who}`,
    listen: "Listen",
    titles: {
      listen: (who: string) => `Listening to ${who}`,
      whisper: (who: string) => `Whispering to ${who}`,
      join: (who: string) => `In the call of ${who}`,
    } as Record<Mode, (who: string) => string>,
    connecting: "Connecting…",
    sound: "Let this page be heard",
    group: "How you take part",
    modes: { listen: "Listen", whisper: "Whisper", join: "Join" } as Record<Mode, string>,
    means: {
      listen: "You hear both. Nobody hears you: your microphone is not connected.",
      whisper: "The agent alone hears you. The caller does not.",
      join: "All three of you hear each other.",
    } as Record<Mode, string>,
    joining: "You are being joined to the call…",
    left: "Left: the caller",
    right: (who: string) => `Right: ${who}`,
    stop: "Stop",
    close: "Close",
    hold: "The caller is on hold and hears music.",
    apart: (who: string) => `${who} is talking with somebody else. You hear nothing until ${who} is back with the caller.`,
    gone: (who: string) => `The page of ${who} is away. The caller hears music until it is back.`,
    notices: {
      over: "The talk is over.",
      self: "It is your own talk.",
      many: "Too many people listen to this talk already.",
      three: "Three people are in this call already.",
      no_audio: "Your audio is not connected yet. Try again in a moment.",
      join_failed: "You could not be joined to the call, or are no longer in it.",
      failed: "The talk cannot be heard at the moment.",
      denied: "You may no longer listen to this talk.",
      restart: "The server was restarted.",
      page_gone: "The connection was lost.",
    } as Record<string, string>,
    tooOld: "The voice process is of an earlier version. Listening works once it has been replaced.",
    lost: "The connection to the server is lost. It comes back by itself.",
    elsewhere: "You have been signed out.",
    mic: {
      denied: "The browser does not let this page use the microphone.",
      missing: "There is no microphone.",
      busy: "The microphone is in use by another program.",
      insecure: "The microphone works only over HTTPS.",
    } as Record<string, string>,
    hears: {
      listen: (who: string) => `${who} is listening to this call.`,
      whisper: (who: string) => `${who} is talking to you. The caller does not hear it.`,
      join: (who: string) => `${who} has joined the call. All of you hear each other.`,
    } as Record<Mode, (who: string) => string>,
  },
  es: {
    button: (who) => `Escuchar a ${who}`,
    listen: "Escuchar",
    titles: {
      listen: (who) => `Escuchando a ${who}`,
      whisper: (who) => `Hablando al oído a ${who}`,
      join: (who) => `En la llamada de ${who}`,
    },
    connecting: "Conectando…",
    sound: "Permitir que se oiga esta página",
    group: "Cómo participa",
    modes: { listen: "Escuchar", whisper: "Hablar al oído", join: "Unirse" },
    means: {
      listen: "Oye a los dos. Nadie le oye: su micrófono no está conectado.",
      whisper: "Solo le oye el agente. Quien llama no le oye.",
      join: "Los tres se oyen.",
    },
    joining: "Uniéndole a la llamada…",
    left: "Izquierda: quien llama",
    right: (who) => `Derecha: ${who}`,
    stop: "Terminar",
    close: "Cerrar",
    hold: "Quien llama está en retención y oye música.",
    apart: (who) => `${who} habla con otra persona. No oirá nada hasta que ${who} vuelva con quien llama.`,
    gone: (who) => `La página de ${who} no está. Quien llama oye música hasta que vuelva.`,
    notices: {
      over: "La conversación ha terminado.",
      self: "Es su propia conversación.",
      many: "Ya hay demasiadas personas escuchando esta conversación.",
      three: "Ya hay tres personas en esta llamada.",
      no_audio: "Su audio aún no está conectado. Inténtelo de nuevo en un momento.",
      join_failed: "No se le pudo unir a la llamada, o ya no está en ella.",
      failed: "Ahora mismo no se puede escuchar la conversación.",
      denied: "Ya no puede escuchar esta conversación.",
      restart: "El servidor se ha reiniciado.",
      page_gone: "Se perdió la conexión.",
    },
    tooOld: "El proceso de voz es de una versión anterior. Se podrá escuchar cuando se haya sustituido.",
    lost: "Se ha perdido la conexión con el servidor. Vuelve por sí sola.",
    elsewhere: "Se ha cerrado su sesión.",
    mic: {
      denied: "El navegador no permite a esta página usar el micrófono.",
      missing: "No hay micrófono.",
      busy: "Otro programa está usando el micrófono.",
      insecure: "El micrófono solo funciona con HTTPS.",
    },
    hears: {
      listen: (who) => `${who} está escuchando esta llamada.`,
      whisper: (who) => `${who} le habla al oído. Quien llama no lo oye.`,
      join: (who) => `${who} se ha unido a la llamada. Los tres se oyen.`,
    },
  },
  ko: {
    button: (who) => `${who} 통화 듣기`,
    listen: "듣기",
    titles: {
      listen: (who) => `${who} 님의 통화를 듣는 중`,
      whisper: (who) => `${who} 님에게 귓속말하는 중`,
      join: (who) => `${who} 님의 통화에 참여 중`,
    },
    connecting: "연결 중…",
    sound: "이 페이지의 소리 켜기",
    group: "참여 방식",
    modes: { listen: "듣기", whisper: "귓속말", join: "참여" },
    means: {
      listen: "두 사람의 말이 들립니다. 마이크가 연결되어 있지 않아 아무도 내 말을 듣지 못합니다.",
      whisper: "상담원만 내 말을 듣습니다. 고객은 듣지 못합니다.",
      join: "세 사람이 서로의 말을 듣습니다.",
    },
    joining: "통화에 연결하는 중…",
    left: "왼쪽: 고객",
    right: (who) => `오른쪽: ${who}`,
    stop: "끝내기",
    close: "닫기",
    hold: "고객은 보류 중이며 음악을 듣고 있습니다.",
    apart: (who) => `${who} 님이 다른 사람과 통화 중입니다. 고객에게 돌아올 때까지 아무것도 들리지 않습니다.`,
    gone: (who) => `${who} 님의 페이지가 끊겼습니다. 돌아올 때까지 고객은 음악을 듣습니다.`,
    notices: {
      over: "통화가 끝났습니다.",
      self: "자신의 통화입니다.",
      many: "이미 너무 많은 사람이 이 통화를 듣고 있습니다.",
      three: "이 통화에는 이미 세 사람이 있습니다.",
      no_audio: "아직 오디오가 연결되지 않았습니다. 잠시 후 다시 시도하세요.",
      join_failed: "통화에 연결하지 못했거나 연결이 끊겼습니다.",
      failed: "지금은 통화를 들을 수 없습니다.",
      denied: "이 통화를 더 이상 들을 수 없습니다.",
      restart: "서버가 다시 시작되었습니다.",
      page_gone: "연결이 끊겼습니다.",
    },
    tooOld: "음성 프로세스가 이전 버전입니다. 교체된 뒤에 들을 수 있습니다.",
    lost: "서버와의 연결이 끊겼습니다. 자동으로 다시 연결됩니다.",
    elsewhere: "로그아웃되었습니다.",
    mic: {
      denied: "브라우저가 이 페이지의 마이크 사용을 허용하지 않습니다.",
      missing: "마이크가 없습니다.",
      busy: "다른 프로그램이 마이크를 사용하고 있습니다.",
      insecure: "마이크는 HTTPS에서만 사용할 수 있습니다.",
    },
    hears: {
      listen: (who) => `${who} 님이 이 통화를 듣고 있습니다.`,
      whisper: (who) => `${who} 님이 말하고 있습니다. 고객은 듣지 못합니다.`,
      join: (who) => `${who} 님이 통화에 참여했습니다. 세 사람이 서로의 말을 듣습니다.`,
    },
  },
  ja: {
    button: (who) => `${who}の通話を聞く`,
    listen: "聞く",
    titles: {
      listen: (who) => `${who}さんの通話を聞いています`,
      whisper: (who) => `${who}さんにささやいています`,
      join: (who) => `${who}さんの通話に参加しています`,
    },
    connecting: "接続中…",
    sound: "このページの音を出す",
    group: "参加のしかた",
    modes: { listen: "聞く", whisper: "ささやく", join: "参加する" },
    means: {
      listen: "二人の声が聞こえます。マイクは接続されていないので、あなたの声は誰にも聞こえません。",
      whisper: "担当者にだけ声が聞こえます。お客様には聞こえません。",
      join: "3人ともお互いの声が聞こえます。",
    },
    joining: "通話に接続しています…",
    left: "左: お客様",
    right: (who) => `右: ${who}さん`,
    stop: "終わる",
    close: "閉じる",
    hold: "お客様は保留中で、音楽を聞いています。",
    apart: (who) => `${who}さんはほかの人と話しています。お客様との通話に戻るまで何も聞こえません。`,
    gone: (who) => `${who}さんのページが切れています。戻るまでお客様には音楽が流れます。`,
    notices: {
      over: "通話は終わりました。",
      self: "ご自身の通話です。",
      many: "すでに多くの人がこの通話を聞いています。",
      three: "この通話にはすでに3人います。",
      no_audio: "音声がまだ接続されていません。少し待ってからやり直してください。",
      join_failed: "通話に接続できなかったか、接続が切れました。",
      failed: "今は通話を聞けません。",
      denied: "この通話を聞くことはできなくなりました。",
      restart: "サーバーが再起動しました。",
      page_gone: "接続が切れました。",
    },
    tooOld: "音声プロセスが前のバージョンです。入れ替わると聞けるようになります。",
    lost: "サーバーとの接続が切れました。自動で再接続します。",
    elsewhere: "サインアウトされました。",
    mic: {
      denied: "ブラウザーがこのページにマイクの使用を許可していません。",
      missing: "マイクがありません。",
      busy: "マイクはほかのプログラムが使用中です。",
      insecure: "マイクはHTTPSでのみ使えます。",
    },
    hears: {
      listen: (who) => `${who}さんがこの通話を聞いています。`,
      whisper: (who) => `${who}さんが話しかけています。お客様には聞こえません。`,
      join: (who) => `${who}さんが通話に参加しました。3人ともお互いの声が聞こえます。`,
    },
  },
});

const modes: readonly Mode[] = ["listen", "whisper", "join"];

/** canListen: the agent has a talk that may be listened to. */
export const canListen = (a: LiveAgent) => a.state === "talking" && !!a.call && !a.asked_by;

let chosen = ""; // the talk that was chosen last

const talkOf = (a: LiveAgent) => `${a.agent} ${a.call}`;

/** wasChosen: a click has chosen this talk of the agent. An address that names the agent has not: it may be another talk by now. */
export const wasChosen = (a: LiveAgent) => canListen(a) && chosen === talkOf(a);

/** ListenButton opens it. */
export function ListenButton({ agent, onOpen }: { agent: LiveAgent; onOpen: () => void }) {
  if (!canListen(agent)) return null;
  const choose = () => {
    chosen = talkOf(agent);
    onOpen();
  };
  return (
    <button class="small" aria-label={own.button(agent.name || agent.agent)} onClick={choose}>
      {own.listen}
    </button>
  );
}

/** Listen listens to the talk that the agent has at this moment, and to no other. */
export function Listen({ agent, onClose }: { agent: LiveAgent; onClose: () => void }) {
  useNow();
  const ear = useRef<Ear>(null);
  const [state, setState] = useState<EarState | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const e = new Ear(agent.agent, agent.call ?? "", setState);
    ear.current = e;
    e.open();
    return () => e.close();
  }, []);
  useLayoutEffect(() => heading.current?.focus(), []);
  const l = state?.listening;
  const who = l?.name || agent.name || agent.agent;
  const over = !!state && (state.line === "over" || state.tooOld || (!!l && !l.mode));
  const notice = (l?.notice && (own.notices[l.notice] ?? l.notice)) || "";
  const trouble = [
    state?.line === "broken" && own.lost,
    state?.line === "over" && own.elsewhere,
    state?.tooOld && own.tooOld,
    state?.mic && own.mic[state.mic],
    state?.error,
    notice,
  ].filter(Boolean);
  return (
    <section class={`card listening ${l?.mode ?? ""}`} aria-labelledby="listening-title">
      <div class="title-row">
        <h3 id="listening-title" ref={heading} tabIndex={-1}>
          {own.titles[l?.mode ?? "listen"](who)}
        </h3>
        <button onClick={onClose}>{over ? own.close : own.stop}</button>
      </div>
      <p role="status" class="hint">
        {over ? "" : !l?.mode || !state?.connected ? own.connecting : l.joining ? own.joining : own.means[l.mode]}
      </p>
      {trouble.length > 0 && (
        <p class={`banner ${over ? "" : "warn"}`} role="alert">
          {trouble.join(" ")}
        </p>
      )}
      {l?.mode && !over && (
        <>
          <div class="heard">
            <Caller who={l.caller ?? { number: "", dialed: "" }} />
            {l.queue && <span class="chip">{l.queue}</span>}
            <span class="timer" role="timer" aria-live="off">
              {since(l.since ?? new Date(now()).toISOString())}
            </span>
          </div>
          <div class="ears">
            <Meter ear={ear.current} side={0} label={own.left} />
            <Meter ear={ear.current} side={1} label={own.right(who)} />
          </div>
          {state?.silenced && (
            <button class="primary big" onClick={() => ear.current?.allowSound()}>
              {own.sound}
            </button>
          )}
          {(l.gone || l.apart || l.hold) && (
            <p class="banner" role="status">
              {l.gone ? own.gone(who) : l.apart ? own.apart(who) : own.hold}
            </p>
          )}
          <div class="modes" role="group" aria-label={own.group}>
            {modes.map((mode) => (
              <button
                key={mode}
                class="big"
                aria-pressed={l.mode === mode}
                disabled={l.mode !== mode && !l.can?.includes(mode)}
                onClick={() => l.mode !== mode && void ear.current?.turn(mode)}
              >
                {own.modes[mode]}
              </button>
            ))}
          </div>
        </>
      )}
    </section>
  );
}

/** Meter shows how loud a side is. */
function Meter({ ear, side, label }: { ear: Ear | null; side: 0 | 1; label: string }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      if (bar.current && ear) bar.current.style.transform = `scaleX(${ear.level(side)})`;
    }, 100);
    return () => clearInterval(timer);
  }, [ear, side]);
  return (
    <p>
      <span class="label">{label}</span>
      <span class="meter" role="img" aria-label={`${t.level}: ${label}`}>
        <span ref={bar} />
      </span>
    </p>
  );
}

/** Listeners is what the agent is told of who listens to her talk. */
export function Listeners({ talk }: { talk: Talk }) {
  return (
    <div class="listeners" role="status">
      {talk.listeners?.map((l) => (
        <p key={l.by} class={`banner ${l.mode === "listen" ? "" : "warn"}`}>
          {own.hears[l.mode]?.(l.by)}
        </p>
      ))}
    </div>
  );
}
