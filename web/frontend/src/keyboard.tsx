// The keys of the agent's page, heard wherever the focus is. Letters alone can be
// switched off (WCAG 2.1.4): who speaks to the computer, or rests a hand on the keys,
// would set things off. What is new has Alt and a letter.
import type { ComponentChildren, ComponentProps, RefObject } from "preact";
import { createContext } from "preact";
import { useContext, useLayoutEffect, useRef, useState } from "preact/hooks";

/** A key that was on its way when the page changed was meant for what was there before; in ms. */
export const tooSoon = 350;

const lettersOff = "presszero.letters-off";

/** Letters is whether letters alone are heard, and chooses it on this machine. */
export const Letters = createContext({ on: true, choose: (_: boolean) => {} });

/** useLetters is the value for Letters. */
export function useLetters(): { on: boolean; choose: (on: boolean) => void } {
  const [on, set] = useState(localStorage.getItem(lettersOff) === null);
  const choose = (on: boolean) => {
    if (on) localStorage.removeItem(lettersOff);
    else localStorage.setItem(lettersOff, "1");
    set(on);
  };
  return { on, choose };
}

/** LetterKey shows a letter that is a key of its own. */
export function LetterKey({ children }: { children: string }) {
  return useContext(Letters).on ? <kbd>{children}</kbd> : null;
}

/**
 * useKeys hears keys wherever the focus is, except where text is typed. Enter
 * and Space belong to the button that has the focus, unless it is the one
 * that they stand for.
 */
export function useKeys(keys: (key: string) => boolean, own?: RefObject<HTMLElement | null>): void {
  const letters = useContext(Letters).on;
  const latest = useRef({ keys, letters });
  latest.current = { keys, letters };
  // With the layout, not after it: a key pressed the moment the page shows
  // what it does must be heard.
  useLayoutEffect(() => {
    const hear = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.repeat || e.ctrlKey || e.metaKey || e.altKey || target.closest("input, textarea, select, dialog")) return;
      const { keys, letters } = latest.current;
      const presses = e.key === "Enter" || e.key === " ";
      if (presses && target.closest("button, a") && target !== own?.current) return;
      if (e.key.length === 1 && !presses && !letters) return;
      if (keys(e.key)) e.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}

/** altLetter is the letter that is pressed with Alt alone, or "". */
export function altLetter(e: Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">): string {
  if (!e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return ""; // AltGr is Ctrl+Alt
  // On a Mac Alt makes another sign of a letter, and a Korean keyboard writes Hangul.
  const letter = /^[a-z]$/i.test(e.key) ? e.key : e.code.replace(/^Key/, "");
  return letter.length === 1 ? letter.toUpperCase() : "";
}

interface ActProps extends Omit<ComponentProps<"button">, "onClick"> {
  letter: string; // "": a button without a key
  act: () => void;
  button?: RefObject<HTMLButtonElement | null>;
  children: ComponentChildren;
}

/** Act is a button and its key, Alt and a letter: one is not there without the other. The key is heard also where text is typed. */
export function Act({ letter, act, button, children, ...rest }: ActProps) {
  const latest = useRef(act);
  latest.current = act;
  useLayoutEffect(() => {
    const hear = (e: KeyboardEvent) => {
      if (!letter || e.repeat || altLetter(e) !== letter || (e.target as HTMLElement).closest("dialog")) return;
      e.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [letter]);
  return (
    <button {...rest} ref={button} aria-keyshortcuts={letter ? `Alt+${letter}` : undefined} onClick={act}>
      {children} {letter && <kbd>Alt+{letter}</kbd>}
    </button>
  );
}

/**
 * useCalm is an onClickCapture that lets no key click for a moment after state has changed. Enter
 * in a field is meant for the field.
 */
export function useCalm(state: string): (e: MouseEvent) => void {
  const last = useRef({ state, at: Date.now() });
  if (last.current.state !== state) last.current = { state, at: Date.now() };
  return (e) => {
    if (e.detail > 0 || Date.now() - last.current.at >= tooSoon || (e.target as Element).closest("form")) return; // 0: by a key
    e.preventDefault();
    e.stopPropagation();
  };
}
