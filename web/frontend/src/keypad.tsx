// The keypad: keys towards the far end, pressed here or typed. What was pressed is shown
// while it is open, and kept nowhere.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { consult } from "./consult";
import { Act } from "./keyboard";
import { keypad } from "./keys";
import type { Phone } from "./phone";
import { ownTexts } from "./texts";

const own = ownTexts({
  en: {
    keypad: "Keypad",
    later: "What is pressed now is sent once it is answered.",
    pressed: "Keys pressed",
    hint: "Type or paste digits, * and #. A comma is a pause of half a second. Esc closes.",
  },
  es: {
    keypad: "Teclado",
    later: "Lo que se pulse ahora se envía cuando contesten.",
    pressed: "Teclas pulsadas",
    hint: "Teclee o pegue cifras, * y #. Una coma es una pausa de medio segundo. Esc cierra.",
  },
  ko: {
    keypad: "키패드",
    later: "지금 누른 키는 상대방이 받으면 전달됩니다.",
    pressed: "누른 키",
    hint: "숫자, *, #을 입력하거나 붙여넣으세요. 쉼표는 0.5초 쉽니다. Esc로 닫습니다.",
  },
  ja: {
    keypad: "キーパッド",
    later: "今押したキーは、相手が出てから送られます。",
    pressed: "押したキー",
    hint: "数字、*、#を入力または貼り付けます。コンマは0.5秒の休止です。Escで閉じます。",
  },
});

/** EarlyKeypad opens and closes a keypad for a number that still rings. */
export function EarlyKeypad({ phone, open, setOpen }: { phone: Phone; open: boolean; setOpen: (open: boolean) => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <div class="acts">
        <Act letter="K" class="big" button={button} aria-expanded={open} act={() => (open ? close() : setOpen(true))}>
          {own.keypad}
        </Act>
      </div>
      {open && <Keypad phone={phone} to="" hint={own.later} onClose={close} />}
    </>
  );
}

/** Keypad is for the far end of a talk; to: for one of two. hint is said besides. */
export function Keypad({ phone, to, hint, onClose }: { phone: Phone; to: string; hint?: string; onClose: () => void }) {
  const [pressed, setPressed] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const press = (text: string) => {
    const keys = phone.press(text);
    if (keys) setPressed((before) => before + keys);
  };
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (field.current) field.current.scrollLeft = field.current.scrollWidth; // to the latest
  }, [pressed]);
  const latest = useRef({ press, onClose });
  latest.current = { press, onClose };
  useLayoutEffect(() => {
    const elsewhere = (e: Event) => e.target !== field.current && (e.target as HTMLElement).closest?.("input, textarea, select, dialog");
    const type = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || elsewhere(e)) return;
      if (e.key === "Escape") latest.current.onClose();
      else if (/^[0-9*#,]$/.test(e.key)) {
        if (!e.repeat) latest.current.press(e.key);
      } else return;
      e.preventDefault();
    };
    const paste = (e: ClipboardEvent) => {
      if (elsewhere(e)) return;
      latest.current.press(e.clipboardData?.getData("text") ?? "");
      e.preventDefault();
    };
    window.addEventListener("keydown", type);
    window.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("keydown", type);
      window.removeEventListener("paste", paste);
    };
  }, []);
  return (
    <div class="keypad" role="group" aria-label={own.keypad}>
      {to && <p>{consult.keysTo(to)}</p>}
      {hint && <p>{hint}</p>}
      <input ref={field} readOnly inputMode="none" autocomplete="off" aria-label={own.pressed} value={pressed} />
      <div class="pad">
        {[...keypad.join("")].map((key) => (
          <button key={key} onClick={() => press(key)}>
            {key}
          </button>
        ))}
      </div>
      <p class="hint">{own.hint}</p>
    </div>
  );
}
