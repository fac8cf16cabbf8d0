// What was promised to callers, and kept: the waits that they were told, and what the flow's
// compliance profiles require.
import { query, type Answer, type Promises as Row, type Requirement } from "./api";
import { useAnswer } from "./ask";
import { Figure } from "./figure";
import { asked, every, type View } from "./history";
import { count, opened } from "./kinds";
import { Counted } from "./numbers";
import { go } from "./place";
import { Plot } from "./plot";
import { ownTexts, t } from "./texts";
import { dayName, duration, moment, percent, tenth } from "./time";

const own = ownTexts({
  en: {
    none: "The flow names no profile that it promises to keep.",
    waits: "Broken promises: waited longer than told",
    nobody: "Nobody was told a wait with an upper bound in these days.",
    told: "Told",
    kept: "Waited no longer",
    broken: "Waited longer",
    share: "Broken",
    madeUp: "Made up for",
    longest: "Longer by, at most",
    all: "All days",
    tooLong: "waited longer",
    untold: "waited longer, told nothing",
    chart: (broken: number, told: number) => `${broken} of ${told} promises were broken`,
    hint: "By the caller's arrival; told an upper bound, and no longer waiting. What was told first is the promise. Made up for: at a later call, the caller was told so or was put ahead in line.",
  },
  es: {
    none: "El flujo no nombra ningún perfil que prometa cumplir.",
    waits: "Promesas incumplidas: esperaron más de lo dicho",
    nobody: "En estos días no se anunció ninguna espera con un máximo.",
    told: "Anunciadas",
    kept: "No esperaron más",
    broken: "Esperaron más",
    share: "Incumplidas",
    madeUp: "Compensadas",
    longest: "De más, como mucho",
    all: "Todos los días",
    tooLong: "esperaron más",
    untold: "esperaron más, sin anuncio",
    chart: (broken, told) => `${broken} de ${told} promesas incumplidas`,
    hint: "Por la llegada de la llamada; con un máximo anunciado y la espera terminada. La promesa es lo que se dijo primero. Compensadas: en una llamada posterior se le dijo, o se le adelantó en la cola.",
  },
  ko: {
    none: "흐름에 지키기로 약속한 프로필이 없습니다.",
    waits: "지키지 못한 약속: 안내보다 오래 기다림",
    nobody: "이 기간에는 상한이 있는 대기 시간을 안내받은 고객이 없습니다.",
    told: "안내",
    kept: "안내 이내",
    broken: "더 오래 기다림",
    share: "지키지 못함",
    madeUp: "보상",
    longest: "초과, 최대",
    all: "모든 날",
    tooLong: "더 오래 기다림",
    untold: "더 오래 기다림, 안내 없음",
    chart: (broken, told) => `약속 ${told}건 중 ${broken}건을 지키지 못함`,
    hint: "고객이 들어온 때 기준이며, 상한을 안내받고 대기가 끝난 경우입니다. 처음 안내한 시간이 약속입니다. 보상: 이후 통화에서 그렇게 안내했거나 대기열에서 앞당겼습니다.",
  },
  ja: {
    none: "フローには守ると約束したプロファイルがありません。",
    waits: "守れなかった約束：案内より長く待った",
    nobody: "この期間に上限つきの待ち時間を案内された人はいません。",
    told: "案内",
    kept: "案内以内",
    broken: "より長く待った",
    share: "守れず",
    madeUp: "埋め合わせ",
    longest: "超過、最大",
    all: "すべての日",
    tooLong: "より長く待った",
    untold: "より長く待った、案内なし",
    chart: (broken, told) => `約束${told}件中${broken}件を守れず`,
    hint: "お客様が来た時で数えます。上限を案内され、待ちが終わったものです。最初に案内した時間が約束です。埋め合わせ：後の電話でそう伝えたか、列で前に進めました。",
  },
});

count("visits", t.promises, { within: t.inTime, answered: t.answered, cut_off: t.systemFailure, long: own.tooLong, untold: own.untold }, (limit) =>
  duration(Number(limit) * 1000),
);
count("promises", own.waits, { told: own.told, broken: own.broken, made_up: own.madeUp });

/** Promises are those of the waits, and those of the profiles. */
export function Promises(v: View) {
  return (
    <section aria-label={t.promises}>
      <Broken {...v} />
      <Required {...v} />
    </section>
  );
}

type Day = Pick<Row, "day" | "told" | "broken">;

/** daily are the promises of all queues together, day by day. */
export function daily(rows: Day[]): Day[] {
  const days = new Map<string, Day>();
  for (const r of rows) {
    const d = days.get(r.day);
    days.set(r.day, { day: r.day, told: r.told + (d?.told ?? 0), broken: r.broken + (d?.broken ?? 0) });
  }
  return [...days.values()];
}

/** Broken is how often callers waited longer than they were told, by day and queue. */
function Broken(v: View) {
  const path = `/api/v1/reports/promises?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/promises">>(path, every(v));
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  if (answer.promises.length === 0) return <p class="card empty">{own.nobody}</p>;
  const days = daily(answer.promises);
  const sum = (of: (r: Row) => number) => answer.promises.reduce((n, r) => n + of(r), 0);
  const link = (column: string, r?: Day, queue?: string) => ({
    kind: `promises.${column}`,
    ...(queue || v.queue ? { queue: queue || v.queue } : {}),
    ...(r ? { on: r.day } : {}),
  });
  const share = (broken: number, told: number) => (told > 0 ? broken / told : null);
  const [told, broken, madeUp] = [sum((r) => r.told), sum((r) => r.broken), sum((r) => r.made_up)];
  return (
    <Figure
      id="broken"
      title={own.waits}
      place={v.place}
      files={path}
      hint={own.hint}
      chart={
        <Plot
          label={own.chart(broken, told)}
          x={days.map((_, i) => i)}
          whole
          xName={(i) => (days[i] ? dayName(days[i].day) : "")}
          unit={own.told}
          series={[
            { name: own.kept, colour: "answered", as: "bars", stack: true, values: days.map((d) => d.told - d.broken) },
            { name: own.broken, colour: "gave-up", as: "bars", stack: true, values: days.map((d) => d.broken) },
            { name: own.share, colour: "main", as: "line", share: true, values: days.map((d) => share(d.broken, d.told)) },
          ]}
          onPick={(i) => days[i] && go(v.place.href(opened(link(days[i].broken > 0 ? "broken" : "told", days[i]))))}
        />
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{t.day}</th>
              <th>{t.queue}</th>
              <th class="num">{own.told}</th>
              <th class="num">{own.broken}</th>
              <th class="num">{own.share}</th>
              <th class="num">{own.madeUp}</th>
              <th class="num">{own.longest}</th>
            </tr>
          </thead>
          <tbody>
            {answer.promises.map((r) => (
              <tr key={`${r.day} ${r.queue}`}>
                <th scope="row">{dayName(r.day)}</th>
                <td>{r.queue}</td>
                <td class="num">
                  <Counted place={v.place} n={r.told} which={link("told", r, r.queue)} />
                </td>
                <td class={`num ${r.broken > 0 ? "bad" : ""}`}>
                  <Counted place={v.place} n={r.broken} which={link("broken", r, r.queue)} />
                </td>
                <td class="num">{percent(r.broken_share)}</td>
                <td class="num">
                  <Counted place={v.place} n={r.made_up} which={link("made_up", r, r.queue)} />
                </td>
                <td class="num">{r.broken > 0 ? duration(r.longest_over_s * 1000) : "–"}</td>
              </tr>
            ))}
            <tr class="total">
              <th scope="row">{own.all}</th>
              <td>{v.queue || t.allQueues}</td>
              <td class="num">
                <Counted place={v.place} n={told} which={link("told")} />
              </td>
              <td class="num">
                <Counted place={v.place} n={broken} which={link("broken")} />
              </td>
              <td class="num">{percent(share(broken, told))}</td>
              <td class="num">
                <Counted place={v.place} n={madeUp} which={link("made_up")} />
              </td>
              <td class="num" />
            </tr>
          </tbody>
        </table>
      }
    />
  );
}

/** Required is what the profiles require, and what was measured. */
function Required(v: View) {
  const { answer } = useAnswer<Answer<"/api/v1/reports/compliance">>(`/api/v1/reports/compliance?${query(asked(v))}`, every(v));
  if (!answer) return null;
  if (answer.requirements.length === 0) return <p class="card empty">{own.none}</p>;
  return (
    <div class="card scroll">
      <h2>{t.promises}</h2>
      <table class="promises">
        <thead>
          <tr>
            <th>{t.profile}</th>
            <th>{t.requirement}</th>
            <th class="num">{t.measured}</th>
            <th class="num">{t.limit}</th>
            <th>
              <span class="hidden">{t.kept}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {answer.requirements.map((r) => (
            <tr key={`${r.profile} ${r.requirement} ${r.within_s}`}>
              <td>{r.profile}</td>
              <td>
                {t.requirements[r.requirement]?.(duration((r.within_s ?? 0) * 1000)) ?? r.requirement}
                <Breaches v={v} list={r.breaches ?? []} />
              </td>
              <td class="num">
                <Measured v={v} r={r} />
              </td>
              <td class="num">{r.not_measured ? "–" : `${r.unit === "share" || r.unit === "h" ? t.atLeast : t.atMost} ${amount(r.limit, r.unit)}`}</td>
              <td class={r.ok === false ? "bad" : ""}>
                {r.not_measured ? t.cannotMeasure : r.ok === null ? t.nothingMeasured : r.ok ? `✓ ${t.kept}` : `✗ ${t.broken}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{t.promisesHint}</p>
    </div>
  );
}

const few = 5;

/** Breaches are the calls that broke a promise: a few, and the others where one asks for them. */
function Breaches({ v, list }: { v: View; list: NonNullable<Requirement["breaches"]> }) {
  const line = (b: (typeof list)[number]) => (
    <div class="hint" key={b.call}>
      <a href={v.place.href({ call: b.call })}>{moment(b.at)}</a>, {b.queue}, {duration(b.wait_s * 1000)}, {t.outcomes[b.outcome] ?? b.outcome}
    </div>
  );
  return (
    <>
      {list.slice(0, few).map(line)}
      {list.length > few && (
        <details>
          <summary class="hint">{t.andMore(list.length - few)}</summary>
          {list.slice(few).map(line)}
        </details>
      )}
    </>
  );
}

/** behind are the calls of which a measured value tells; other values are of no calls, or of calls that are not listed. */
const behind: Record<string, string> = {
  answered_within: "visits.within",
  mean_wait: "visits.answered",
  not_cut_off: "visits.cut_off",
  wait_told: "visits.untold",
  each_breach: "visits.long",
};

function Measured({ v, r }: { v: View; r: Requirement }) {
  if (r.measured === null) return <>–</>;
  const kind = behind[r.requirement];
  if (!kind) return <>{amount(r.measured, r.unit)}</>;
  const which = { kind, ...(v.queue ? { queue: v.queue } : {}), ...(r.within_s ? { only: { about: String(r.within_s) } } : {}) };
  return <Counted place={v.place} n={r.measured} which={which} as={amount(r.measured, r.unit)} />;
}

function amount(n: number, unit: Requirement["unit"]): string {
  switch (unit) {
    case "share":
      return percent(n);
    case "s":
      return duration(n * 1000);
    case "h":
      return `${tenth(n)} h`;
    default:
      return String(n);
  }
}
