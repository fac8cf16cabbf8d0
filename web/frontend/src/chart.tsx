// Who gave up, by the half hour: one bar per interval, as plain SVG.
import { useState } from "preact/hooks";
import { query, type Row } from "./api";
import { t } from "./texts";
import { clock } from "./time";

const interval = 30 * 60_000;
const height = 120;
const narrowest = 18;
const widest = 40;
const page = 1180; // the width that bars spread over, if there are few
const foot = 18;

interface Bar {
  start: number;
  offered: number;
  answered: number;
  abandoned: number;
}

export function Chart({ rows, day }: { rows: Row[]; day: string }) {
  const [at, setAt] = useState<Bar | null>(null);
  const bars = barsOf(rows);
  const most = Math.max(1, ...bars.map((b) => b.offered));
  const barWidth = Math.min(widest, Math.max(narrowest, Math.floor(page / Math.max(1, bars.length))));
  const scale = (n: number) => (n / most) * height;
  const file = (format: string) => `/api/v1/reports/abandonment?${query({ day, interval: "15m", format })}`;
  return (
    <figure class="card chart">
      <figcaption class="title-row">
        <h3>{t.byInterval}</h3>
        <span class="legend">
          <i class="answered" /> {t.answered} <i class="abandoned" /> {t.gaveUp} <i class="rest" /> {t.other}
        </span>
        <span class="downloads">
          {t.download}: <a href={file("csv")}>CSV</a> <a href={file("xlsx")}>XLSX</a>
        </span>
      </figcaption>
      {bars.length === 0 ? (
        <p class="empty">{t.chartEmpty}</p>
      ) : (
        <div class="scroll">
          <svg
            role="img"
            aria-label={bars
              .filter((b) => b.offered > 0)
              .map(say)
              .join("; ")}
            width={bars.length * barWidth}
            height={height + foot}
            onMouseLeave={() => setAt(null)}
          >
            {bars.map((b, i) => {
              const rest = b.offered - b.answered - b.abandoned;
              return (
                <g key={b.start} transform={`translate(${i * barWidth} 0)`} onMouseEnter={() => setAt(b)}>
                  <rect class="ground" width={barWidth} height={height} />
                  <rect class="answered" x="2" width={barWidth - 4} y={height - scale(b.answered)} height={scale(b.answered)} />
                  <rect class="rest" x="2" width={barWidth - 4} y={height - scale(b.answered + rest)} height={scale(rest)} />
                  <rect class="abandoned" x="2" width={barWidth - 4} y={height - scale(b.offered)} height={scale(b.abandoned)} />
                  {(b.start / interval) % (barWidth < 30 ? 4 : 2) === 0 && (
                    <text x="2" y={height + 14}>
                      {clock(b.start)}
                    </text>
                  )}
                </g>
              );
            })}
          </svg>
        </div>
      )}
      <p class="hint" aria-hidden="true">
        {at ? say(at) : " "}
      </p>
    </figure>
  );
}

function say(b: Bar): string {
  return t.chartBar(clock(b.start), b.offered, b.abandoned);
}

/** barsOf adds the queues of an interval up and fills the gaps between. */
export function barsOf(rows: Row[]): Bar[] {
  const byStart = new Map<number, Bar>();
  for (const r of rows) {
    const start = Date.parse(r.start ?? "");
    const b = byStart.get(start) ?? { start, offered: 0, answered: 0, abandoned: 0 };
    b.offered += r.offered;
    b.answered += r.answered;
    b.abandoned += r.abandoned;
    byStart.set(start, b);
  }
  const starts = [...byStart.keys()].sort((a, b) => a - b);
  const first = starts[0];
  const last = starts[starts.length - 1];
  const bars: Bar[] = [];
  if (first === undefined || last === undefined) return bars;
  for (let s = first; s <= last; s += interval) {
    bars.push(byStart.get(s) ?? { start: s, offered: 0, answered: 0, abandoned: 0 });
  }
  return bars;
}
