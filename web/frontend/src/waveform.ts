// A recording drawn: the caller above, the people of the house below, from the loudest
// sample of each 50 ms.
import type { Mark } from "./api";

/** Peaks are those of one side, 0 to 255. */
export type Peaks = Uint8Array;

/** peaksOf reads what the API has as base64. */
export function peaksOf(text: string): Peaks {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** columns are the loudest of each of so many columns. */
export function columns(peaks: Peaks, step: number, length: number, n: number): number[] {
  const place = (i: number) => Math.round(((i * length) / n / step) * 1000) / 1000;
  return Array.from({ length: n }, (_, i) => {
    const from = Math.floor(place(i));
    const to = Math.max(from + 1, Math.ceil(place(i + 1)));
    let most = 0;
    for (let k = from; k < to && k < peaks.length; k++) most = Math.max(most, peaks[k] ?? 0);
    return most;
  });
}

interface Drawing {
  caller: Peaks;
  agent: Peaks;
  step: number; // s
  length: number; // s
  at: number; // s
  marks: Mark[];
}

/** draw fills the canvas, as large as it is shown. */
export function draw(canvas: HTMLCanvasElement, d: Drawing): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const c = canvas.getContext("2d");
  if (!c || width === 0) return;
  const dense = devicePixelRatio || 1;
  canvas.width = width * dense;
  canvas.height = height * dense;
  c.scale(dense, dense);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const x = (second: number) => (second / d.length) * width;
  for (const m of d.marks) {
    if (m.until_s === null) continue;
    c.fillStyle = colour(["pause", "disk", "gap"].includes(m.kind) ? "--red-ground" : m.kind === "hold" ? "--amber-ground" : "--blue-ground");
    c.fillRect(x(m.at_s), 0, Math.max(2, x(m.until_s - m.at_s)), height);
  }
  const lane = height / 2;
  const played = x(d.at);
  for (const [i, [peaks, name]] of (
    [
      [d.caller, "--green"],
      [d.agent, "--blue"],
    ] as const
  ).entries()) {
    const middle = lane * (i + 0.5);
    columns(peaks, d.step, d.length, Math.floor(width / 2)).forEach((peak, k) => {
      const tall = Math.max(1, (peak / 255) * (lane - 6));
      c.fillStyle = colour(name);
      c.globalAlpha = 2 * k <= played ? 1 : 0.45;
      c.fillRect(2 * k, middle - tall / 2, 1.5, tall);
    });
  }
  c.globalAlpha = 1;
  for (const m of d.marks) {
    if (m.until_s !== null) continue;
    c.fillStyle = colour("--amber");
    c.fillRect(x(m.at_s) - 1, 0, 2, height);
  }
  c.fillStyle = colour("--ink");
  c.fillRect(played - 1, 0, 2, height);
}
