// A button that plays a sound. Only one sound plays at a time.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./texts";

let playing: HTMLAudioElement | null = null;

export function Sound({ src, of }: { src: string; of: string }) {
  const audio = useRef<HTMLAudioElement | null>(null);
  const [on, setOn] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  function press() {
    if (on) {
      audio.current?.pause();
      return;
    }
    playing?.pause();
    const a = new Audio(src);
    playing = audio.current = a;
    setFailed(false);
    a.onplaying = () => setOn(true);
    a.onpause = a.onended = () => setOn(false);
    a.play().catch((e: Error) => {
      setOn(false);
      setFailed(e.name !== "AbortError"); // not when it was only stopped
    });
  }
  return (
    <>
      <button class="play" onClick={press} aria-label={`${on ? t.stop : t.play}: ${of}`}>
        {on ? `■ ${t.stop}` : `▶ ${t.play}`}
      </button>
      {failed && (
        <span class="bad" role="alert">
          {" "}
          {t.cannotPlay}
        </span>
      )}
    </>
  );
}
