// Who gave up, and how many were answered in time: in all, by interval, by weekday,
// by queue, by number dialled, by what they were told.
import { query, type Answer, type Compared, type Row, type Summary } from "./api";
import { useAnswer, type Asked } from "./ask";
import { Figure } from "./figure";
import { Groups } from "./groups";
import { Heat } from "./heat";
import { asked, every, otherOf, type View } from "./history";
import { opened } from "./kinds";
import { Counted, Numbers, Tile, Tiles } from "./numbers";
import { go } from "./place";
import { Plot, type Series } from "./plot";
import { ownTexts, t } from "./texts";
import { clock, dayName, dayOf, percent, whole } from "./time";

const own = ownTexts({
  en: {
    halfHours: "Answered, and given up, by the half hour",
    days: "Answered, and given up, by the day",
    levels: "Answered in time, by three definitions",
    dialed: "Given up, by the number dialled",
    rate: "Given up, of those decided",
    rateBefore: "the same, before",
    calls: "callers",
    interval: "From",
    day: "Day",
    number: "Number",
    negative: "of all who waited",
    ignored: "without callers who gave up in time",
    answeredOnly: "of the answered",
    levelsHint:
      "Of all who waited: a caller who gave up counts against it, the definition used everywhere here. Without callers who gave up in time: those are left out. Of the answered: losing callers raises it.",
    chart: (offered: number, abandoned: number) => `${abandoned} of ${offered} callers gave up`,
  },
  es: {
    halfHours: "Contestadas y abandonadas, por media hora",
    days: "Contestadas y abandonadas, por día",
    levels: "Contestadas a tiempo, por tres definiciones",
    dialed: "Abandonadas, por número marcado",
    rate: "Abandonadas, de las decididas",
    rateBefore: "lo mismo, antes",
    calls: "llamadas",
    interval: "Desde",
    day: "Día",
    number: "Número",
    negative: "de quienes esperaron",
    ignored: "sin quienes desistieron a tiempo",
    answeredOnly: "de las contestadas",
    levelsHint:
      "De quienes esperaron: quien desistió cuenta en contra; es la definición usada aquí en todas partes. Sin quienes desistieron a tiempo: esos no cuentan. De las contestadas: perder llamadas la mejora.",
    chart: (offered, abandoned) => `desistieron ${abandoned} de ${offered}`,
  },
  ko: {
    halfHours: "30분 단위 응답과 포기",
    days: "일별 응답과 포기",
    levels: "제시간 응답, 세 가지 정의",
    dialed: "걸려 온 번호별 포기",
    rate: "결과가 난 전화 중 포기",
    rateBefore: "비교 기간의 포기",
    calls: "고객",
    interval: "시작",
    day: "날짜",
    number: "번호",
    negative: "기다린 모든 고객 중",
    ignored: "제시간 안에 포기한 고객 제외",
    answeredOnly: "응답된 전화 중",
    levelsHint:
      "기다린 모든 고객 중: 포기한 고객이 불리하게 집계되며, 이 시스템이 어디서나 쓰는 정의입니다. 제시간 안에 포기한 고객 제외: 그들은 빠집니다. 응답된 전화 중: 고객을 잃을수록 높아집니다.",
    chart: (offered, abandoned) => `${offered}명 중 ${abandoned}명 포기`,
  },
  ja: {
    halfHours: "30分ごとの応答と放棄",
    days: "日ごとの応答と放棄",
    levels: "時間内応答、3つの定義",
    dialed: "かけた番号ごとの放棄",
    rate: "結果が出た電話のうち放棄",
    rateBefore: "比較期間の放棄",
    calls: "人",
    interval: "開始",
    day: "日",
    number: "番号",
    negative: "待ったすべての人のうち",
    ignored: "時間内にあきらめた人を除く",
    answeredOnly: "応答した電話のうち",
    levelsHint:
      "待ったすべての人のうち：あきらめた人は不利に数え、ここではどこでもこの定義を使います。時間内にあきらめた人を除く：その人たちは数えません。応答した電話のうち：お客様を失うほど高くなります。",
    chart: (offered, abandoned) => `${offered}人中${abandoned}人が放棄`,
  },
});

type Comparison = Answer<"/api/v1/reports/compare">;

const comparePath = (v: View, by: string) => `/api/v1/reports/compare?${query({ ...asked(v), by })}`;

/** useCompared asks for the span beside those with which it is compared. */
export function useCompared(v: View, by: string): Asked<Comparison> {
  return useAnswer<Comparison>(comparePath(v, by), every(v));
}

/** fine is for how many days the half hours are shown, and not the days. */
const fine = 2;

export function Abandonment(v: View) {
  const { answer, error } = useCompared(v, "queue");
  return (
    <section aria-label={t.gaveUp}>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      {answer && <Tiles view={v} total={answer.total} menus={<Menus v={v} spans={answer.spans} />} />}
      <Intervals {...v} />
      {answer && <Numbers place={v.place} rows={answer.rows} total={v.queue ? null : answer.total} zone={answer.zone} />}
      {v.span.days > fine && <Weekdays {...v} />}
      <Dialed {...v} />
    </section>
  );
}

/** Menus are the calls that reached no queue, for who sees all of them. */
function Menus({ v, spans }: { v: View; spans: Comparison["spans"] }) {
  const of = (p: { from: string; to: string }) => `/api/v1/reports/summary?${query({ from: p.from, to: p.to })}`;
  const other = v.against === "none" ? spans.now : spans[v.against];
  const now = useAnswer<Summary>(of(spans.now), every(v)).answer?.menus;
  const before = useAnswer<Summary>(of(other), every(v)).answer?.menus;
  if (!now || v.queue) return null;
  const tile = (label: string, kind: string, n: number, old: number | undefined) => (
    <Tile label={label} value={whole(n)} before={v.against === "none" || old === undefined ? null : whole(old)} href={v.place.href(opened({ kind }))} />
  );
  return (
    <>
      {tile(t.menusAbandoned, "abandoned_ivr", now.abandoned, before?.abandoned)}
      {tile(t.menusContained, "ivr_contained", now.contained, before?.contained)}
      {now.refused > 0 && tile(t.refused, "refused", now.refused, before?.refused)}
    </>
  );
}

function Intervals(v: View) {
  const by = v.span.days > fine ? "day" : "halfhour";
  const { answer } = useCompared(v, by);
  if (!answer) return null;
  const rows = answer.rows.slice(...busy(answer.rows));
  const files = comparePath(v, by);
  return (
    <>
      <Bars v={v} rows={rows} files={files} />
      {rows.length > 1 && <Levels v={v} rows={rows} files={files} />}
    </>
  );
}

/** busy is the part of the rows in which anybody came, from the first to the one after the last. */
export function busy(rows: { now: Pick<Row, "offered"> }[]): [number, number] {
  const first = rows.findIndex((r) => r.now.offered > 0);
  const last = rows.findLastIndex((r) => r.now.offered > 0);
  return first < 0 ? [0, 0] : [first, last + 1];
}

interface Drawn {
  v: View;
  rows: Compared[];
  files: string;
}

/** when is the interval of a row: its time, or its day. */
function when(v: View, r: Compared): string {
  if (v.span.days > fine) return dayName(r.group);
  const at = r.start ?? "";
  return v.span.days > 1 ? `${dayName(dayOf(Date.parse(at)))} ${clock(at)}` : clock(at);
}

const halfHour = 30 * 60_000;

/** ends is where each row ends: where the next begins, and the last one with the span. */
function end(v: View, rows: Compared[], i: number): string {
  const next = rows[i + 1]?.start;
  if (next) return next;
  const start = Date.parse(rows[i]?.start ?? "");
  if (v.span.days <= fine) return new Date(start + halfHour).toISOString();
  let until = start + 23 * 2 * halfHour; // a day is 23 to 25 hours
  while (dayOf(until) === dayOf(start)) until += halfHour;
  return new Date(until).toISOString();
}

function Bars({ v, rows, files }: Drawn) {
  const whichOf = (i: number, kind: string) => ({ kind, ...(v.queue ? { queue: v.queue } : {}), since: rows[i]?.start ?? "", until: end(v, rows, i) });
  const series: Series[] = [
    { name: t.answered, colour: "answered", as: "bars", stack: true, values: rows.map((r) => r.now.answered) },
    { name: t.other, colour: "rest", as: "bars", stack: true, values: rows.map((r) => rest(r.now)) },
    { name: t.gaveUp, colour: "gave-up", as: "bars", stack: true, values: rows.map((r) => r.now.abandoned) },
    { name: own.rate, colour: "main", as: "line", share: true, values: rows.map((r) => r.now.abandon_rate) },
  ];
  const compared = v.against !== "none";
  if (compared) series.push({ name: own.rateBefore, colour: "before", as: "line", share: true, values: rows.map((r) => otherOf(v, r)?.abandon_rate ?? null) });
  const sum = (of: (r: Row) => number) => rows.reduce((n, r) => n + of(r.now), 0);
  const label = own.chart(
    sum((r) => r.offered),
    sum((r) => r.abandoned),
  );
  return (
    <Figure
      id="intervals"
      title={v.span.days > fine ? own.days : own.halfHours}
      place={v.place}
      files={files}
      chart={
        rows.length === 0 ? (
          <p class="empty">{t.chartEmpty}</p>
        ) : (
          <Plot
            label={label}
            x={rows.map((_, i) => i)}
            whole
            xName={(i) => (rows[i] ? when(v, rows[i]) : "")}
            unit={own.calls}
            series={series}
            onPick={(i) => rows[i] && go(v.place.href(opened(whichOf(i, rows[i].now.abandoned > 0 ? "abandoned" : "offered"))))}
          />
        )
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{v.span.days > fine ? own.day : own.interval}</th>
              <th class="num">{t.offered}</th>
              <th class="num">{t.answered}</th>
              <th class="num">{t.gaveUp}</th>
              <th class="num">{t.other}</th>
              <th class="num">{own.rate}</th>
              {compared && <th class="num">{own.rateBefore}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((r, i) => (
              <tr key={r.group}>
                <th scope="row">{when(v, r)}</th>
                <td class="num">
                  <Counted place={v.place} n={r.now.offered} which={whichOf(i, "offered")} />
                </td>
                <td class="num">
                  <Counted place={v.place} n={r.now.answered} which={whichOf(i, "answered")} />
                </td>
                <td class={`num ${r.now.abandoned > 0 ? "bad" : ""}`}>
                  <Counted place={v.place} n={r.now.abandoned} which={whichOf(i, "abandoned")} />
                </td>
                <td class="num">{rest(r.now)}</td>
                <td class="num">{percent(r.now.abandon_rate)}</td>
                {compared && <td class="num">{percent(otherOf(v, r)?.abandon_rate ?? null)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

const rest = (r: Row) => r.offered - r.answered - r.abandoned;

function Levels({ v, rows, files }: Drawn) {
  const series: Series[] = [
    { name: own.negative, colour: "main", as: "line", share: true, values: rows.map((r) => r.now.service_levels.sl_negative) },
    { name: own.ignored, colour: "second", as: "line", share: true, values: rows.map((r) => r.now.service_levels.sl_ignored) },
    { name: own.answeredOnly, colour: "before", as: "line", share: true, values: rows.map((r) => r.now.service_levels.sl_answered) },
  ];
  return (
    <Figure
      id="levels"
      title={own.levels}
      place={v.place}
      files={files}
      hint={own.levelsHint}
      chart={<Plot label={own.levels} x={rows.map((_, i) => i)} whole xName={(i) => (rows[i] ? when(v, rows[i]) : "")} series={series} />}
      table={
        <table>
          <thead>
            <tr>
              <th>{v.span.days > fine ? own.day : own.interval}</th>
              {series.map((s) => (
                <th class="num" key={s.name}>
                  {s.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((r, i) => (
              <tr key={r.group}>
                <th scope="row">{when(v, r)}</th>
                {series.map((s) => (
                  <td class="num" key={s.name}>
                    {percent(s.values[i] ?? null)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

function Weekdays(v: View) {
  const { answer } = useCompared(v, "heat");
  return answer && <Heat view={v} rows={answer.rows} files={comparePath(v, "heat")} />;
}

function Dialed(v: View) {
  const { answer } = useCompared(v, "dialed");
  if (!answer || answer.rows.length < 2) return null; // one number is the house
  return (
    <Groups
      id="dialed"
      title={own.dialed}
      head={own.number}
      view={v}
      rows={answer.rows}
      files={comparePath(v, "dialed")}
      only={(group) => ({ dialed: group })}
    />
  );
}
