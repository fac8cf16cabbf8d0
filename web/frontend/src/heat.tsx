// The heat map: how many gave up, by weekday and half hour of the day.
import type { Compared } from "./api";
import { Figure } from "./figure";
import type { View } from "./history";
import { opened } from "./kinds";
import { ownTexts, t } from "./texts";
import { clockOf, percent, weekdayName } from "./time";

const own = ownTexts({
  en: {
    title: "Given up, by weekday and half hour",
    legend: "Of those who came, gave up",
    hint: "The number is that of callers who gave up, of all weeks together; the shade is their share.",
    cell: (day: string, time: string, abandoned: number, offered: number) => `${day} ${time}: ${abandoned} of ${offered} gave up`,
    day: "Day",
    time: "From",
  },
  es: {
    title: "Abandonadas, por día de la semana y media hora",
    legend: "De quienes llegaron, desistió",
    hint: "El número es el de quienes desistieron, todas las semanas juntas; el tono es su parte.",
    cell: (day, time, abandoned, offered) => `${day} ${time}: desistieron ${abandoned} de ${offered}`,
    day: "Día",
    time: "Desde",
  },
  ko: {
    title: "요일과 30분 단위 포기",
    legend: "들어온 고객 중 포기",
    hint: "숫자는 모든 주를 합친 포기 고객 수이고, 색의 짙기는 그 비율입니다.",
    cell: (day, time, abandoned, offered) => `${day} ${time}: ${offered}명 중 ${abandoned}명 포기`,
    day: "요일",
    time: "시작",
  },
  ja: {
    title: "曜日と30分ごとの放棄",
    legend: "来た人のうち放棄",
    hint: "数字はすべての週を合わせた放棄の人数、濃さはその割合です。",
    cell: (day, time, abandoned, offered) => `${day} ${time}：${offered}人中${abandoned}人が放棄`,
    day: "曜日",
    time: "開始",
  },
});

const steps = [0.02, 0.05, 0.1, 0.2, 0.4]; // the shares at which the next shade begins

/** shade is 0 for nobody to 5 for the darkest; -1: nobody came. */
export function shade(share: number | null): number {
  if (share === null) return -1;
  return steps.filter((s) => share >= s).length;
}

export function Heat({ view, rows, files }: { view: View; rows: Compared[]; files: string }) {
  const came = rows.filter((r) => r.now.offered > 0);
  if (came.length === 0) return null;
  const minutes = came.map((r) => r.minute ?? 0);
  const first = Math.min(...minutes);
  const columns = Array.from({ length: (Math.max(...minutes) - first) / 30 + 1 }, (_, i) => first + 30 * i);
  const days = [1, 2, 3, 4, 5, 6, 7].filter((d) => came.some((r) => r.weekday === d));
  const at = new Map(came.map((r) => [`${r.weekday} ${r.minute}`, r]));
  const href = (r: Compared, kind: string) =>
    view.place.href(opened({ kind, ...(view.queue ? { queue: view.queue } : {}), only: { weekday: String(r.weekday), minute: String(r.minute) } }));
  const say = (r: Compared) => own.cell(weekdayName(r.weekday ?? 1), clockOf(r.minute ?? 0), r.now.abandoned, r.now.offered);
  return (
    <Figure
      id="heat"
      title={own.title}
      place={view.place}
      files={files}
      hint={own.hint}
      chart={
        <>
          <p class="legend heat" aria-hidden="true">
            {own.legend}:{" "}
            {[0, ...steps].map((s, i) => (
              <span key={s}>
                <i class={`h${i}`} /> {i === 0 ? `< ${percent(steps[0]!)}` : `≥ ${percent(s)}`}
              </span>
            ))}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys */}
          <div class="scroll" role="group" aria-labelledby="heat-title" tabIndex={0}>
            <table class="heat">
              <thead>
                <tr>
                  <th>
                    <span class="hidden">{own.day}</span>
                  </th>
                  {columns.map((m) => (
                    <th key={m} scope="col">
                      <span class={m % 120 === 0 ? "" : "hidden"}>{clockOf(m)}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {days.map((d) => (
                  <tr key={d}>
                    <th scope="row">{weekdayName(d)}</th>
                    {columns.map((m) => {
                      const r = at.get(`${d} ${m}`);
                      return (
                        <td key={m} class={r ? `h${shade(r.now.abandon_rate)}` : ""}>
                          {r &&
                            (r.now.abandoned > 0 ? (
                              <a href={href(r, "abandoned")} title={say(r)}>
                                {r.now.abandoned}
                              </a>
                            ) : (
                              <span title={say(r)}>0</span>
                            ))}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{own.day}</th>
              <th>{own.time}</th>
              <th class="num">{t.offered}</th>
              <th class="num">{t.gaveUp}</th>
              <th class="num">{own.legend}</th>
            </tr>
          </thead>
          <tbody>
            {came.map((r) => (
              <tr key={`${r.weekday} ${r.minute}`}>
                <th scope="row">{weekdayName(r.weekday ?? 1)}</th>
                <td>{clockOf(r.minute ?? 0)}</td>
                <td class="num">
                  <a href={href(r, "offered")}>{r.now.offered}</a>
                </td>
                <td class="num">{r.now.abandoned > 0 ? <a href={href(r, "abandoned")}>{r.now.abandoned}</a> : 0}</td>
                <td class="num">{percent(r.now.abandon_rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}
