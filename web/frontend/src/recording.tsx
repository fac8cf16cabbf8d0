// What the agent sees of the recording of a talk, and what she may do about it. The
// words say it; the sign and the colour only repeat them.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Act } from "./keyboard";
import type { Recording, RecordingVerb, Talk } from "./line";
import type { Phone } from "./phone";
import { ownTexts } from "./texts";
import { duration, now } from "./time";

const own = ownTexts({
  en: {
    on: "This talk is recorded.",
    paused: "Recording is paused: nothing that is said now is kept.",
    sensitive: "Recording is paused while the caller types something secret. It goes on by itself afterwards.",
    goesOn: "Goes on by itself in",
    marks: (n: number) => (n === 1 ? "1 moment marked." : `${n} moments marked.`),
    off: "This talk is not recorded.",
    whys: {
      refused: "The caller does not want it.",
      outside_refused: "The person at the number outside does not want it.",
      outside_no_notice: "The person at the number outside has not heard the notice to its end, or has not agreed.",
      no_notice: "The caller has not heard the notice to its end, or has not agreed.",
      share: "Only some talks are, and this is none of them.",
      on_demand: "You may begin it.",
      agent: "You have ended it.",
      disk: "The disk does not take it; it is tried again.",
      media: "The voice process cannot record.",
      failed: "It could not be done.",
    } as Record<string, string>,
    acts: {
      pause: "Pause recording for card data",
      resume: "Go on recording",
      mark: "Mark this moment",
      record: "Record this talk",
      refused: "Caller does not want to be recorded",
    } as Record<RecordingVerb, string>,
    marked: "What was that? A word, if you like",
    keep: "Keep",
  },
  es: {
    on: "Esta conversación se graba.",
    paused: "La grabación está en pausa: nada de lo que se diga ahora se guarda.",
    sensitive: "La grabación está en pausa mientras quien llama teclea algo secreto. Después sigue por sí sola.",
    goesOn: "Sigue por sí sola en",
    marks: (n) => (n === 1 ? "1 momento marcado." : `${n} momentos marcados.`),
    off: "Esta conversación no se graba.",
    whys: {
      refused: "Quien llama no lo quiere.",
      outside_refused: "La persona del número externo no lo quiere.",
      outside_no_notice: "La persona del número externo no ha oído el aviso hasta el final o no ha dado su consentimiento.",
      no_notice: "Quien llama no ha oído el aviso hasta el final o no ha dado su consentimiento.",
      share: "Solo se graban algunas, y esta no es una de ellas.",
      on_demand: "Puede empezar a grabarla.",
      agent: "Usted ha terminado la grabación.",
      disk: "El disco no la admite; se vuelve a intentar.",
      media: "El proceso de voz no puede grabar.",
      failed: "No se ha podido grabar.",
    },
    acts: {
      pause: "Pausar la grabación para datos de tarjeta",
      resume: "Seguir grabando",
      mark: "Marcar este momento",
      record: "Grabar esta conversación",
      refused: "Quien llama no quiere que se grabe",
    },
    marked: "¿Qué fue? Una palabra, si quiere",
    keep: "Guardar",
  },
  ko: {
    on: "이 통화는 녹음되고 있습니다.",
    paused: "녹음이 일시 중지되었습니다. 지금 하는 말은 저장되지 않습니다.",
    sensitive: "고객이 비밀 정보를 입력하는 동안 녹음이 일시 중지됩니다. 끝나면 자동으로 계속됩니다.",
    goesOn: "자동으로 계속되기까지",
    marks: (n) => `표시한 순간 ${n}개.`,
    off: "이 통화는 녹음되지 않습니다.",
    whys: {
      refused: "고객이 원하지 않습니다.",
      outside_refused: "외부 번호의 상대방이 원하지 않습니다.",
      outside_no_notice: "외부 번호의 상대방이 안내를 끝까지 듣지 않았거나 동의하지 않았습니다.",
      no_notice: "고객이 안내를 끝까지 듣지 않았거나 동의하지 않았습니다.",
      share: "일부 통화만 녹음되며, 이 통화는 해당하지 않습니다.",
      on_demand: "녹음을 시작할 수 있습니다.",
      agent: "녹음을 끝냈습니다.",
      disk: "디스크에 쓸 수 없어 다시 시도하고 있습니다.",
      media: "음성 프로세스가 녹음할 수 없습니다.",
      failed: "녹음할 수 없었습니다.",
    },
    acts: {
      pause: "카드 정보를 위해 녹음 일시 중지",
      resume: "녹음 계속",
      mark: "이 순간 표시",
      record: "이 통화 녹음",
      refused: "고객이 녹음을 원하지 않음",
    },
    marked: "무엇이었나요? 원하면 한 단어로",
    keep: "저장",
  },
  ja: {
    on: "この通話は録音されています。",
    paused: "録音を一時停止しています。今話していることは保存されません。",
    sensitive: "お客様が秘密の情報を入力している間、録音を一時停止しています。終わると自動で再開します。",
    goesOn: "自動で再開するまで",
    marks: (n) => `${n}か所に印を付けました。`,
    off: "この通話は録音されていません。",
    whys: {
      refused: "お客様が望んでいません。",
      outside_refused: "外線の相手が望んでいません。",
      outside_no_notice: "外線の相手が案内を最後まで聞いていないか、同意していません。",
      no_notice: "お客様が案内を最後まで聞いていないか、同意していません。",
      share: "一部の通話だけが録音され、この通話は対象外です。",
      on_demand: "録音を始められます。",
      agent: "録音を終了しました。",
      disk: "ディスクに書き込めないため、再試行しています。",
      media: "音声プロセスが録音できません。",
      failed: "録音できませんでした。",
    },
    acts: {
      pause: "カード情報のため録音を一時停止",
      resume: "録音を再開",
      mark: "この瞬間に印を付ける",
      record: "この通話を録音",
      refused: "お客様が録音を望まない",
    },
    marked: "何でしたか（任意、ひとことで）",
    keep: "保存",
  },
});

const signs = { on: "●", paused: "❚❚", off: "○" };

/** recorded is how the talk is recorded, in words; "": nothing is to be said, as in a house that does not record. */
export function recorded({ state, why, marks, can }: Recording): string {
  switch (state) {
    case "on":
      return marks ? `${own.on} ${own.marks(marks)}` : own.on;
    case "paused":
      return why === "sensitive" ? own.sensitive : own.paused;
  }
  return why === "off" && !can?.length ? "" : `${own.off} ${own.whys[why ?? ""] ?? ""}`.trim();
}

/** Lamp says how the talk is recorded. It is there all the time: only what changes is read out, and not each second. */
export function Lamp({ talk: { recording } }: { talk: Talk }) {
  const text = recording ? recorded(recording) : "";
  return (
    <div class={`recorded ${text && recording ? recording.state : ""}`}>
      <p role="status">
        {text && recording && (
          <>
            <span class="sign" aria-hidden="true">
              {signs[recording.state]}
            </span>{" "}
            <strong>{text}</strong>
          </>
        )}
      </p>
      {recording?.state === "paused" && recording.until && (
        <p class="timer" role="timer" aria-live="off">
          {own.goesOn} {duration(Date.parse(recording.until) - now() + 999)}
        </p>
      )}
    </div>
  );
}

// In this order; pause and resume take each other's place.
const letters: Record<RecordingVerb, string> = { record: "R", pause: "P", resume: "P", mark: "N", refused: "W" };

/**
 * RecordingActs are the buttons. A moment is marked at once; then there is a field for what
 * it is, which may stay empty.
 */
export function RecordingActs({ phone, talk: { call, recording } }: { phone: Phone; talk: Talk }) {
  const [mark, setMark] = useState({ n: 0, call: "", text: "" });
  const can = (Object.keys(letters) as RecordingVerb[]).filter((verb) => recording?.can?.includes(verb));
  const name = () => {
    if (mark.call === call && mark.text.trim()) phone.nameMark(mark.text);
    setMark({ ...mark, call: "", text: "" });
  };
  const act = (verb: RecordingVerb) => {
    if (verb === "mark") {
      name(); // the one before
      setMark({ n: mark.n + 1, call, text: "" });
    }
    phone.recording(verb);
  };
  return (
    <>
      {can.map((verb) => (
        <Act key={letters[verb]} letter={letters[verb]} class={`big ${verb === "resume" ? "accept" : ""}`} act={() => act(verb)}>
          {own.acts[verb]}
        </Act>
      ))}
      {mark.call === call && can.includes("mark") && (
        <MarkName key={mark.n} text={mark.text} onText={(text) => setMark({ ...mark, text })} onDone={name} onLeave={() => setMark({ ...mark, call: "" })} />
      )}
    </>
  );
}

/** MarkName is where the agent types what she has marked. The focus comes here, and goes back where it was. */
function MarkName({ text, onText, onDone, onLeave }: { text: string; onText: (text: string) => void; onDone: () => void; onLeave: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    field.current?.focus();
    return () => before?.focus();
  }, []);
  return (
    <form
      class="mark-name"
      onSubmit={(e) => {
        e.preventDefault();
        onDone();
      }}
      onKeyDown={(e) => e.key === "Escape" && onLeave()}
    >
      <label>
        {own.marked} <input ref={field} maxLength={40} autocomplete="off" value={text} onInput={(e) => onText(e.currentTarget.value)} />
      </label>
      <button>{own.keep}</button>
    </form>
  );
}
