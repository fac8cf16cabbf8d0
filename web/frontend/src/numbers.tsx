// A span in numbers that add up. Each number opens the calls behind it.
import type { ComponentChildren } from "preact";
import type { Compared, Row } from "./api";
import { otherOf, type View } from "./history";
import { kinds, opened, type Only, type Which } from "./kinds";
import type { Place } from "./place";
import { ownTexts, t } from "./texts";
import { duration, percent, whole } from "./time";
import { inSeconds } from "./words";

const own = ownTexts({
  en: {
    hint: "A caller counts once, until the first talk. A caller who comes to a queue after a talk (handed over, put back, or the talk broke off) is told apart and is in no rate.",
    before: (value: string) => `before: ${value}`,
    short: "of them, shortly",
    levels: "In time, by other definitions",
    rate: "Given up, of those decided",
    net: "Given up, without short ones",
    named: {
      sl_negative: "of all who waited (used here)",
      sl_ignored: "without callers who gave up in time",
      sl_positive: "giving up in time counts for it",
      sl_short: "without callers who gave up shortly",
      sl_short_credit: "giving up shortly counts for it",
      sl_answered: "of the answered",
      sl_flow_out: "being moved on counts against it",
      sl_system_failure: "system failures count against it",
    } as Record<string, string>,
  },
  es: {
    hint: "Cada llamada cuenta una vez, hasta la primera conversación. Quien llega a una cola tras una conversación (traspasado, devuelto a la cola o con la conversación interrumpida) figura aparte y no está en ninguna tasa.",
    before: (value) => `antes: ${value}`,
    short: "de ellas, breves",
    levels: "A tiempo, por otras definiciones",
    rate: "Abandonadas, de las decididas",
    net: "Abandonadas, sin las breves",
    named: {
      sl_negative: "de quienes esperaron (la usada aquí)",
      sl_ignored: "sin quienes desistieron a tiempo",
      sl_positive: "quien desistió a tiempo cuenta a favor",
      sl_short: "sin los abandonos breves",
      sl_short_credit: "los abandonos breves cuentan a favor",
      sl_answered: "de las contestadas",
      sl_flow_out: "quien pasó a otro sitio cuenta en contra",
      sl_system_failure: "los fallos del sistema cuentan en contra",
    },
  },
  ko: {
    hint: "고객은 첫 통화까지 한 번만 집계됩니다. 통화 뒤에 대기열에 들어온 고객(인계, 대기열 복귀, 통화 끊김)은 따로 세며 어떤 비율에도 들어가지 않습니다.",
    before: (value) => `이전: ${value}`,
    short: "그중 짧은 포기",
    levels: "다른 정의의 제시간 응답",
    rate: "결과가 난 전화 중 포기",
    net: "짧은 포기를 뺀 포기",
    named: {
      sl_negative: "기다린 모든 고객 중 (여기서 사용)",
      sl_ignored: "제시간 안에 포기한 고객 제외",
      sl_positive: "제시간 안의 포기를 응답으로",
      sl_short: "짧은 포기 제외",
      sl_short_credit: "짧은 포기를 응답으로",
      sl_answered: "응답된 전화 중",
      sl_flow_out: "다른 곳으로 옮긴 고객 포함",
      sl_system_failure: "시스템 장애 포함",
    },
  },
  ja: {
    hint: "お客様は最初の通話まで一度だけ数えます。通話の後に列に入った方（引き継ぎ、列に戻された、通話が途切れた）は別に数え、どの率にも含みません。",
    before: (value) => `前回：${value}`,
    short: "うち短時間",
    levels: "他の定義による時間内応答",
    rate: "結果が出た電話のうち放棄",
    net: "短時間の放棄を除く",
    named: {
      sl_negative: "待ったすべての人のうち（ここで使う）",
      sl_ignored: "時間内にあきらめた人を除く",
      sl_positive: "時間内の放棄を応答とみなす",
      sl_short: "短時間の放棄を除く",
      sl_short_credit: "短時間の放棄を応答とみなす",
      sl_answered: "応答した電話のうち",
      sl_flow_out: "移された人も分母に含める",
      sl_system_failure: "システム障害も分母に含める",
    },
  },
});

interface Column {
  head: string;
  of: (r: Row) => number;
  kind: string; // of kinds
  only?: (r: Row) => Only | null; // of these, only those; null: it opens nothing
  part?: boolean; // of the column before it
  apart?: boolean; // not in the sum
  bad?: boolean;
}

/** shortly are those who waited no longer than short ones do; where the queues have not the same, they cannot be told by one wait. */
const shortly = (r: Row): Only | null => (Number.isInteger(r.short_s) ? { wait_up_to_s: String(r.short_s) } : null);

const columns: Column[] = [
  { head: t.offered, of: (r) => r.offered, kind: "offered" },
  { head: t.flowIn, of: (r) => r.flow_in, kind: "flow_in", part: true },
  { head: t.answered, of: (r) => r.answered, kind: "answered" },
  { head: t.gaveUp, of: (r) => r.abandoned, kind: "abandoned", bad: true },
  { head: t.inQueue, of: (r) => r.abandoned_queue, kind: "abandoned_queue", part: true },
  { head: t.whileRinging, of: (r) => r.abandoned_ringing, kind: "abandoned_ringing", part: true },
  { head: t.atAnswer, of: (r) => r.abandoned_at_answer, kind: "abandoned_at_answer", part: true },
  { head: own.short, of: (r) => r.abandoned_short, kind: "abandoned", only: shortly, part: true },
  { head: t.systemFailure, of: (r) => r.system_failure, kind: "system_failure", bad: true },
  { head: t.other, of: (r) => r.other, kind: "other" },
  { head: t.open, of: (r) => r.open, kind: "open" },
  { head: t.reachedNobody, of: (r) => r.not_served, kind: "not_served", apart: true, bad: true },
  { head: kinds.after_talk!.title, of: (r) => r.after_talk, kind: "after_talk", apart: true },
  { head: kinds.abandoned_after_talk!.title, of: (r) => r.abandoned_after_talk, kind: "abandoned_after_talk", apart: true, bad: true },
];

/** Tiles are what matters most, with what it was in the other span; menus stands behind them. */
export function Tiles({ view, total, menus }: { view: View; total: Compared; menus: ComponentChildren }) {
  const { place, queue } = view;
  const { now } = total;
  const old = otherOf(view, total);
  const compare = (of: (r: Row) => string) => (view.against === "none" ? null : old ? of(old) : "–");
  const open = (kind: string) => place.href(opened({ kind, ...(queue ? { queue } : {}) }));
  return (
    <div class="tiles">
      <Tile label={t.offered} value={whole(now.offered)} before={compare((r) => whole(r.offered))} href={open("offered")} />
      <Tile label={own.rate} value={percent(now.abandon_rate)} before={compare((r) => percent(r.abandon_rate))} href={open("abandoned")} />
      <Tile label={own.net} value={percent(now.abandon_rate_net)} before={compare((r) => percent(r.abandon_rate_net))} />
      <Tile label={t.serviceLevel(now.target_s)} value={percent(now.service_level)} before={compare((r) => percent(r.service_level))} />
      <Tile label={t.longestWait} value={length(now)} before={compare(length)} href={now.longest_call ? place.href({ call: now.longest_call }) : undefined} />
      {menus}
    </div>
  );
}

const length = (r: Row) => (r.longest_s > 0 ? duration(r.longest_s * 1000) : "–");

interface TileProps {
  label: string;
  value: string;
  before: string | null; // null: it is not compared
  href?: string | undefined;
}

/** Tile is one number, which leads to its calls, with what it was before. */
export function Tile({ label, value, before, href }: TileProps) {
  const inner = (
    <>
      <span class="label">{label}</span>
      <span class="value">{value}</span>
      {before !== null && <span class="before">{own.before(before)}</span>}
    </>
  );
  return href ? (
    <a class="tile" href={href}>
      {inner}
    </a>
  ) : (
    <div class="tile">{inner}</div>
  );
}

/** Numbers are all queues, line by line, and what they are together. */
export function Numbers({ place, rows, total, zone }: { place: Place; rows: Compared[]; total: Compared | null; zone: string }) {
  const queues = rows.filter((r) => r.now.offered + r.now.after_talk > 0);
  const levels = (total ?? queues[0])?.now.service_levels;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
    <div class="card scroll" role="group" aria-label={t.queue} tabIndex={0}>
      <table class="sum">
        <thead>
          <tr>
            <th>{t.queue}</th>
            {columns.map((c, i) => (
              <th class={`num ${c.part ? "part" : ""}`} key={c.head}>
                {sign(i)}
                {c.head}
              </th>
            ))}
            <th class="num">{t.gaveUp} %</th>
            <th class="num">{t.inTime}</th>
            <th class="num">{t.longestWait}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((r) => (
            <Line key={r.group} place={place} queue={r.group} row={r.now} />
          ))}
          {total && <Line place={place} queue="" row={total.now} />}
        </tbody>
      </table>
      <p class="hint">
        {t.definition} {own.hint}
      </p>
      <p class="hint">
        {t.measuredBy(
          zone,
          bounds(queues, (r) => r.now.target_s),
          bounds(queues, (r) => r.now.short_s),
        )}
      </p>
      {levels && (
        <dl class="levels">
          <dt>{own.levels}:</dt>
          {Object.entries(levels).map(([name, share]) => (
            <dd key={name} title={name}>
              {own.named[name] ?? name} <strong>{percent(share)}</strong>
            </dd>
          ))}
        </dl>
      )}
    </div>
  );
}

/** sign shows how the columns add up: offered = answered + gave up (…) + …. */
function sign(i: number): string {
  const c = columns[i];
  if (i === 0 || c?.part || c?.apart) return "";
  return c?.head === t.answered ? "= " : "+ ";
}

function Line({ place, queue, row }: { place: Place; queue: string; row: Row }) {
  return (
    <tr class={queue ? "" : "total"}>
      <th scope="row">{queue || t.allQueues}</th>
      {columns.map((c) => (
        <td class={`num ${c.part ? "part" : ""} ${c.bad && c.of(row) > 0 ? "bad" : ""}`} key={c.head}>
          <Cell c={c} place={place} queue={queue} row={row} />
        </td>
      ))}
      <td class="num">{percent(row.abandon_rate)}</td>
      <td class="num" title={row.target_s === null ? "" : t.serviceLevel(row.target_s)}>
        {percent(row.service_level)}
      </td>
      <td class="num">{row.longest_call ? <a href={place.href({ call: row.longest_call })}>{duration(row.longest_s * 1000)}</a> : "–"}</td>
    </tr>
  );
}

function Cell({ c, place, queue, row }: { c: Column; place: Place; queue: string; row: Row }) {
  const only = c.only?.(row);
  if (only === null) return <>{whole(c.of(row))}</>;
  return <Counted place={place} n={c.of(row)} which={{ kind: c.kind, ...(queue ? { queue } : {}), ...(only ? { only } : {}) }} />;
}

/** Counted opens the calls that it counts, unless there are none. */
export function Counted({ place, n, which, as = whole(n) }: { place: Place; n: number; which: Which; as?: string }) {
  if (n === 0) return <span class="none">{as}</span>;
  return (
    <a href={place.href(opened(which))} aria-label={[kinds[which.kind]?.title, which.queue].filter(Boolean).join(" – ") + `: ${as}`}>
      {as}
    </a>
  );
}

/** bounds tells by what the queues are measured: once if all are by the same. */
function bounds(queues: Compared[], of: (r: Compared) => number | null): string {
  const written = (s: number | null) => (s === null ? "–" : inSeconds(s));
  const all = new Set(queues.map(of));
  if (all.size <= 1) return queues.length > 0 ? written(of(queues[0]!)) : "–";
  return queues.map((r) => `${r.group} ${written(of(r))}`).join(", ");
}
