// A chart of lines, steps and bars over time or over another number, drawn by uPlot.
// Colours are those of the style sheet, so that a chart is light, dark, or ink on paper.
import uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import { locale } from "./texts";

export type Value = number | null;

/** Series is one line of a chart. Bars with stack lie upon those of the series before. */
export interface Series {
  name: string;
  colour: "answered" | "gave-up" | "rest" | "main" | "second" | "before";
  as: "bars" | "line" | "step" | "points";
  values: Value[];
  stack?: boolean;
  share?: boolean; // from 0 to 1, on an axis of its own at the right
  low?: Value[]; // the band around the line, from low…
  high?: Value[]; // …to high
}

interface Props {
  label: string; // what the chart shows, for who does not see it
  x: number[];
  xName: (x: number) => string; // a value of x as people read it
  xTick?: (x: number) => string; // shorter, for the axis; none: xName
  ticks?: number[]; // which of x have a word at the axis; none: as many as there is room for
  series: Series[];
  unit?: string; // of the left axis
  value?: (n: number) => string; // of the left axis, as people read it
  marks?: number[]; // values of x with a line of their own, as where something was announced
  free?: boolean; // the left axis is of small numbers, and not at least from 0 to 1
  whole?: boolean; // x are whole places in a row, as bars are, and not points of a scale
  onPick?: (i: number) => void;
}

const height = 260;
const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // between the words at an axis that is no row of places
const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const shares = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

export function Plot(props: Props) {
  const { label, x, xName, series, value = plain.format } = props;
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const pick = useRef(props.onPick);
  pick.current = props.onPick;
  const key = JSON.stringify([x, series, props.marks, props.unit]);
  useEffect(() => {
    const root = place.current;
    if (!root || x.length === 0) return;
    const plot = new uPlot(options(props, root.clientWidth, setAt), data(x, series), root);
    const size = new ResizeObserver(() => plot.setSize({ width: root.clientWidth, height }));
    size.observe(root);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => plot.redraw(false, false);
    const print = (on: boolean) => () => {
      document.documentElement.toggleAttribute("data-print", on);
      redraw();
    };
    const before = print(true);
    const after = print(false);
    scheme.addEventListener("change", redraw);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    const press = () => plot.cursor.idx != null && pick.current?.(plot.cursor.idx);
    plot.over.addEventListener("click", press);
    return () => {
      size.disconnect();
      scheme.removeEventListener("change", redraw);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      plot.destroy();
    };
  }, [key]);
  const said = at !== null && x[at] !== undefined ? [xName(x[at]), ...series.map((s) => say(s, at, value)).filter(Boolean)].join(" · ") : " ";
  return (
    <>
      <p class="legend" aria-hidden="true">
        {series.map((s) => (
          <span key={s.name}>
            <i class={`key ${s.colour} ${s.as}`} /> {s.name}
          </span>
        ))}
      </p>
      <div ref={place} class={`plot ${props.onPick ? "opens" : ""}`} role="img" aria-label={label} />
      <p class="hint said" aria-hidden="true">
        {said}
      </p>
    </>
  );
}

function say(s: Series, i: number, value: (n: number) => string): string {
  const v = s.values[i];
  if (v === null || v === undefined) return "";
  const band = s.low?.[i] != null && s.high?.[i] != null ? ` (${shares.format(s.low[i])} – ${shares.format(s.high[i])})` : "";
  return `${s.name} ${s.share ? shares.format(v) : value(v)}${band}`;
}

/** tops are the heights at which stacked bars end. */
export function tops(series: Series[]): Value[][] {
  let below: Value[] = [];
  return series.map((s) => {
    if (!s.stack) return s.values;
    const base = below;
    below = s.values.map((v, i) => (v ?? 0) + (base[i] ?? 0));
    return below;
  });
}

/** order is that in which series are drawn: higher bars first, so that each leaves its own part to be seen, then lines. */
function order(series: Series[]): number[] {
  const bars = series.flatMap((s, i) => (s.as === "bars" ? [i] : [])).reverse();
  return [...bars, ...series.flatMap((s, i) => (s.as === "bars" ? [] : [i]))];
}

function data(x: number[], series: Series[]): uPlot.AlignedData {
  const ends = tops(series);
  const columns = order(series).flatMap((i) => {
    const s = series[i]!;
    return s.low && s.high ? [s.low, s.high, ends[i]!] : [ends[i]!];
  });
  return [x, ...columns] as uPlot.AlignedData;
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--chart-${name}`).trim();

function options(p: Props, width: number, over: (i: number | null) => void): uPlot.Options {
  const value = p.value ?? plain.format;
  const shown = order(p.series);
  const lines: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const i of shown) {
    const s = p.series[i]!;
    const scale = s.share ? "share" : "y";
    if (s.low && s.high) {
      const path = s.as === "step" ? uPlot.paths.stepped!({ align: 1 }) : undefined;
      const edge = { scale, stroke: () => "transparent", points: { show: false }, ...(path ? { paths: path } : {}) };
      lines.push(edge, edge);
      bands.push({ series: [lines.length - 1, lines.length - 2], fill: () => colour(`${s.colour}-band`) });
    }
    lines.push(line(s, scale));
  }
  const axis = (more: uPlot.Axis): uPlot.Axis => ({
    stroke: () => colour("ink"),
    grid: { stroke: () => colour("grid"), width: 1 },
    ticks: { stroke: () => colour("grid"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    ...more,
  });
  const tick = p.xTick ?? p.xName;
  const axes = [
    axis({
      space: 64,
      size: 30,
      grid: { show: false },
      ...(p.whole ? {} : { incrs: seconds }),
      values: (_, at) => at.map((n) => (p.whole ? (p.x.includes(n) ? tick(n) : "") : tick(n))),
      ...(p.whole ? { splits: (u: uPlot) => p.ticks ?? places(p.x, u.width) } : {}),
    }),
    axis({ scale: "y", values: (_, at) => at.map(value), size: 56, ...(p.unit ? { label: p.unit, labelSize: 18 } : {}) }),
  ];
  if (p.series.some((s) => s.share)) {
    const left = p.series.every((s) => s.share);
    if (left) axes.pop();
    axes.push(
      axis({
        scale: "share",
        side: left ? 3 : 1,
        values: (_, at) => at.map((n) => shares.format(n)),
        size: 56,
        grid: { show: left, stroke: () => colour("grid"), width: 1 },
      }),
    );
  }
  return {
    width,
    height,
    scales: {
      x: { time: false, ...(p.whole ? { range: edges(p.x) } : {}) },
      y: { range: (_, __, most) => [0, p.free ? most * 1.05 || 1 : Math.max(1, most * 1.05)] },
      share: { range: (_, __, most) => [0, most > 0.5 ? 1 : Math.max(0.05, most * 1.15)] },
    },
    series: lines,
    bands,
    axes,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    hooks: {
      setCursor: [(u) => over(u.cursor.idx ?? null)],
      draw: [(u) => drawMarks(u, p.marks ?? [])],
    },
  };
}

/** dashes tell lines from one another that lie upon one another, and those on paper. */
const dashes: Partial<Record<Series["colour"], { dash: number[] }>> = { second: { dash: [2, 4] }, before: { dash: [6, 4] } };

function line(s: Series, scale: string): uPlot.Series {
  const stroke = () => colour(s.colour);
  switch (s.as) {
    case "bars":
      return { scale, stroke, fill: stroke, width: 0, paths: uPlot.paths.bars!({ size: [0.8, 48] }), points: { show: false } };
    case "step":
      return { scale, stroke, width: 2, paths: uPlot.paths.stepped!({ align: 1 }), points: { show: false } };
    case "points":
      return { scale, stroke, fill: stroke, width: 0, paths: () => null, points: { show: true, size: 7, fill: stroke } };
    default:
      return { scale, stroke, width: 2, spanGaps: false, points: { show: true, size: 5, fill: stroke }, ...dashes[s.colour] };
  }
}

/** edges leave half a bar at both ends. */
function edges(x: number[]): uPlot.Range.MinMax {
  const step = x.length > 1 ? x[1]! - x[0]! : 1;
  return [x[0]! - step / 2, x[x.length - 1]! + step / 2];
}

const widestLabel = 104;
const sides = 112; // what the axes take of the width

/** places are those of x that get a word at the axis, as many as there is room for. */
export function places(x: number[], width: number): number[] {
  const every = Math.max(1, Math.ceil((x.length * widestLabel) / Math.max(1, width - sides)));
  return x.filter((_, i) => i % every === 0);
}

function drawMarks(u: uPlot, marks: number[]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = colour("ink");
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  for (const mark of marks) {
    const left = u.valToPos(mark, "x", true);
    if (left < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
