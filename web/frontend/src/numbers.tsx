// The day in numbers that add up. Each number opens the calls behind it.
import type { Row, Summary } from "./api";
import { ownTexts, t } from "./texts";
import { duration, percent } from "./time";

const own = ownTexts({
  en: {
    afterTalk: "after a talk",
    gaveUpAfterTalk: "gave up after a talk",
    hint: "A caller counts once, until the first talk. Who comes to a queue after a talk (handed over, put back, or the talk broke off) is told apart and is in no rate.",
  },
  es: {
    afterTalk: "tras una conversación",
    gaveUpAfterTalk: "abandonadas tras una conversación",
    hint: "Cada llamada cuenta una vez, hasta la primera conversación. Quien llega a una cola tras una conversación (traspasado, devuelto a la cola o con la conversación interrumpida) figura aparte y no está en ninguna tasa.",
  },
  ko: {
    afterTalk: "통화 후",
    gaveUpAfterTalk: "통화 후 포기",
    hint: "고객은 첫 통화까지 한 번만 집계됩니다. 통화 뒤에 대기열에 들어온 고객(인계, 대기열 복귀, 통화 끊김)은 따로 세며 어떤 비율에도 들어가지 않습니다.",
  },
  ja: {
    afterTalk: "通話の後",
    gaveUpAfterTalk: "通話の後に放棄",
    hint: "お客様は最初の通話まで一度だけ数えます。通話の後に列に入った方（引き継ぎ、列に戻された、通話が途切れた）は別に数え、どの率にも含みません。",
  },
});

export interface Filter {
  title: string;
  queue?: string;
  outcomes: string[]; // none: all
  afterTalk: boolean; // only callers who had talked already; false: only the others
}

/** asked is the filter as the API takes it. */
export function asked(f: Filter): Record<string, string | undefined> {
  return { queue: f.queue, outcome: f.outcomes.join(","), after_talk: String(f.afterTalk) };
}

export const gaveUp = ["abandoned_queue", "abandoned_ringing", "abandoned_at_answer", "abandoned_ivr"];
const abandoned = gaveUp.slice(0, 3);
const counted = ["answered", ...abandoned, "system_failure", "open"];
const others = Object.keys(t.outcomes).filter((o) => !counted.includes(o) && !["abandoned_ivr", "ivr_contained", "withdrawn", "refused"].includes(o));

interface Column {
  head: string;
  of: (r: Row) => number;
  outcomes: string[];
  afterTalk?: boolean; // as in Filter; undefined: false
  part?: boolean; // of the column before it
  apart?: boolean; // not in the sum
  bad?: boolean;
}

const columns: Column[] = [
  { head: t.offered, of: (r) => r.offered, outcomes: [...counted, ...others] },
  { head: t.flowIn, of: (r) => r.flow_in, outcomes: [...counted, ...others], part: true },
  { head: t.answered, of: (r) => r.answered, outcomes: ["answered"] },
  { head: t.gaveUp, of: (r) => r.abandoned, outcomes: abandoned, bad: true },
  { head: t.inQueue, of: (r) => r.abandoned_queue, outcomes: ["abandoned_queue"], part: true },
  { head: t.whileRinging, of: (r) => r.abandoned_ringing, outcomes: ["abandoned_ringing"], part: true },
  { head: t.atAnswer, of: (r) => r.abandoned_at_answer, outcomes: ["abandoned_at_answer"], part: true },
  { head: t.systemFailure, of: (r) => r.system_failure, outcomes: ["system_failure"], bad: true },
  { head: t.other, of: (r) => r.other, outcomes: others },
  { head: t.open, of: (r) => r.open, outcomes: ["open"] },
  { head: t.reachedNobody, of: (r) => r.not_served, outcomes: [...abandoned, "system_failure", "timeout_exit", "no_agents", "closed"], apart: true, bad: true },
  { head: own.afterTalk, of: (r) => r.after_talk, outcomes: [...counted, ...others], afterTalk: true, apart: true },
  { head: own.gaveUpAfterTalk, of: (r) => r.abandoned_after_talk, outcomes: abandoned, afterTalk: true, apart: true, bad: true },
];

interface Props {
  summary: Summary;
  chosen: Filter;
  onChoose: (f: Filter) => void;
  onOpen: (call: string) => void;
}

export function Numbers({ summary, chosen, onChoose, onOpen }: Props) {
  const { total, queues, menus } = summary;
  return (
    <>
      <div class="tiles">
        <Tile label={t.abandonRate} value={percent(summary.calls.abandon_rate)} />
        <Tile label={t.serviceLevel(summary.target_s)} value={percent(total.service_level)} />
        <button class="tile" disabled={!total.longest_call} onClick={() => total.longest_call && onOpen(total.longest_call)}>
          <span class="label">{t.longestWait}</span>
          <span class="value">{total.longest_s > 0 ? duration(total.longest_s * 1000) : "–"}</span>
        </button>
        {menus && <Choice label={t.menusAbandoned} n={menus.abandoned} outcomes={["abandoned_ivr"]} chosen={chosen} onChoose={onChoose} />}
        {menus && <Choice label={t.menusContained} n={menus.contained} outcomes={["ivr_contained"]} chosen={chosen} onChoose={onChoose} />}
        {menus && menus.refused > 0 && <Choice label={t.refused} n={menus.refused} outcomes={["refused"]} chosen={chosen} onChoose={onChoose} />}
      </div>
      <div class="card scroll">
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
              <th class="num">{t.inTime}</th>
              <th class="num">{t.longestWait}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((r) => (
              <Line key={r.queue} row={r} chosen={chosen} onChoose={onChoose} onOpen={onOpen} />
            ))}
            <Line row={total} chosen={chosen} onChoose={onChoose} onOpen={onOpen} />
          </tbody>
        </table>
        <p class="hint">
          {t.definition} {own.hint}
        </p>
        <p class="hint">
          {t.measuredBy(
            summary.zone,
            bounds(queues, (r) => r.target_s),
            bounds(queues, (r) => r.short_s),
          )}
        </p>
        <p class="hint">
          {t.variants}:{" "}
          {Object.entries(total.service_levels)
            .map(([name, share]) => `${name} ${percent(share)}`)
            .join(", ")}
        </p>
      </div>
    </>
  );
}

/** sign shows how the columns add up: offered = answered + gave up (…) + …. */
function sign(i: number): string {
  const c = columns[i];
  if (i === 0 || c?.part || c?.apart) return "";
  return c?.head === t.answered ? "= " : "+ ";
}

function Line({ row, chosen, onChoose, onOpen }: Omit<Props, "summary"> & { row: Row }) {
  const name = row.queue ?? t.allQueues;
  return (
    <tr class={row.queue === undefined ? "total" : ""}>
      <th scope="row">{name}</th>
      {columns.map((c) => {
        const n = c.of(row);
        const afterTalk = c.afterTalk ?? false;
        const is = same(chosen, row.queue, c.outcomes, afterTalk);
        const title = `${c.part ? `${t.gaveUp} ${c.head}` : c.head}${row.queue ? ` – ${row.queue}` : ""}`;
        return (
          <td class={`num ${c.part ? "part" : ""} ${c.bad && n > 0 ? "bad" : ""}`} key={c.head}>
            <button
              class="link"
              aria-pressed={is}
              aria-label={`${title}: ${n}`}
              onClick={() => onChoose({ title, outcomes: c.outcomes, afterTalk, ...(row.queue ? { queue: row.queue } : {}) })}
            >
              {n}
            </button>
          </td>
        );
      })}
      <td class="num" title={row.target_s === null ? "" : t.serviceLevel(row.target_s)}>
        {percent(row.service_level)}
      </td>
      <td class="num">
        {row.longest_call ? (
          <button class="link" onClick={() => onOpen(row.longest_call!)}>
            {duration(row.longest_s * 1000)}
          </button>
        ) : (
          "–"
        )}
      </td>
    </tr>
  );
}

/** bounds tells by what the queues are measured: once if all are by the same. */
function bounds(queues: Row[], of: (r: Row) => number | null): string {
  const all = new Set(queues.map(of));
  if (all.size <= 1) return queues.length > 0 ? `${of(queues[0]!)} s` : "–";
  return queues.map((r) => `${r.queue} ${of(r)} s`).join(", ");
}

function Tile({ label, value }: { label: string; value: string }) {
  return (
    <div class="tile">
      <span class="label">{label}</span>
      <span class="value">{value}</span>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  n: number;
  outcomes: string[];
  chosen: Filter;
  onChoose: (f: Filter) => void;
}

function Choice({ label, n, outcomes, chosen, onChoose }: ChoiceProps) {
  return (
    <button class="tile" aria-pressed={same(chosen, undefined, outcomes, false)} onClick={() => onChoose({ title: label, outcomes, afterTalk: false })}>
      <span class="label">{label}</span>
      <span class="value">{n}</span>
    </button>
  );
}

function same(f: Filter, queue: string | undefined, outcomes: string[], afterTalk: boolean): boolean {
  return f.queue === queue && f.outcomes.join() === outcomes.join() && f.afterTalk === afterTalk;
}
