// An act is sent, said, and undone by one click.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Act } from "./acts";
import { send } from "./api";
import { ownTexts } from "./texts";

const own = ownTexts({
  en: { undo: "Undo", undone: "Undone" },
  es: { undo: "Deshacer", undone: "Deshecho" },
  ko: { undo: "되돌리기", undone: "되돌렸습니다" },
  ja: { undo: "元に戻す", undone: "元に戻しました" },
});

export interface Acting {
  last: Act | null; // the last one that was done
  error: string;
  busy: boolean;
  fresh: boolean; // it was done a moment ago
  act: (a: Act) => Promise<boolean>;
}

const stays = 10_000; // ms

/** useActing carries acts out, one at a time. */
export function useActing(): Acting {
  const [last, setLast] = useState<Act | null>(null);
  const [fresh, setFresh] = useState(false);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  async function act(a: Act): Promise<boolean> {
    setBusy(true);
    setError("");
    try {
      await send(a.method, a.path, a.body);
      setLast(a);
      setFresh(true);
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setFresh(false), stays);
      return true;
    } catch (e) {
      setError((e as Error).message);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { last, error, busy, fresh, act };
}

/** Done says what was done, with the way to undo it. */
export function Done({ acting, toast = false }: { acting: Acting; toast?: boolean }) {
  const { last, error, busy, fresh, act } = acting;
  const show = last && (!toast || fresh);
  return (
    <div class={toast ? "toast" : "done"}>
      <p role="status">
        {show && (
          <span class="said">
            <span>
              <span aria-hidden="true">✓ </span>
              {last.said}
            </span>
            {last.undo ? (
              <button disabled={busy} onClick={() => void act({ ...last.undo!, said: `${own.undone}: ${last.undo!.said}` })}>
                {own.undo}
              </button>
            ) : null}
          </span>
        )}
      </p>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
