// What the tables of talks, hand-overs and asking are made of.
import type { ComponentChildren } from "preact";
import { duration, percent } from "./time";

/** Wide is a table that may be wider than the page, and is scrolled with the keyboard, too. title is the id of its heading. */
export function Wide({ title, kind = "card", children }: { title: string; kind?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
    <div class={`scroll ${kind}`} role="group" aria-labelledby={title} tabIndex={0}>
      {children}
    </div>
  );
}

interface Part {
  kind: string; // the class that colours it
  word: string;
  n: number;
}

/** Parts draws of what a whole is made; each row is a whole of its own. */
export function Parts({ list }: { list: Part[] }) {
  const whole = list.reduce((n, p) => n + p.n, 0);
  if (whole === 0) return <span class="none">–</span>;
  const starts = list.map((_, i) => list.slice(0, i).reduce((n, p) => n + (100 * p.n) / whole, 0));
  const say = list
    .filter((p) => p.n > 0)
    .map((p) => `${p.word} ${percent(p.n / whole)}`)
    .join(", ");
  return (
    <svg class="share parts" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={say}>
      <title>{say}</title>
      {list.map((p, i) => (
        <rect key={p.kind} class={p.kind} x={starts[i]?.toFixed(2)} width={((100 * p.n) / whole).toFixed(2)} height="10" />
      ))}
    </svg>
  );
}

/** Legend says what the colours of Parts stand for: each class with its word. */
export function Legend({ list }: { list: [string, string][] }) {
  return (
    <p class="legend parts">
      {list.map(([kind, word]) => (
        <span key={kind}>
          <i class={kind} /> {word}
        </span>
      ))}
    </p>
  );
}

export function Count({ n, bad }: { n: number; bad?: boolean }) {
  return <td class={`num ${n === 0 ? "none" : bad ? "bad" : ""}`}>{n}</td>;
}

/** length is a duration in seconds, or a dash. */
export const length = (s: number | null) => (s === null ? "–" : duration(Math.round(s) * 1000));
