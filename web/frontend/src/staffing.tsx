// How many agents a queue needs in the next seven days, half hour by half hour, beside
// those who are usually there.
import { query, type Answer, type Live, type PlanRow } from "./api";
import { useAnswer } from "./ask";
import { Figure } from "./figure";
import type { View } from "./history";
import { Tile } from "./numbers";
import { length } from "./parts";
import { Plot } from "./plot";
import { later } from "./span";
import { ownTexts } from "./texts";
import { clock, dayName, dayOf, now, percent, tenth } from "./time";
import { WhatIf } from "./whatif";

const own = ownTexts({
  en: {
    choose: "Choose a queue: each needs its own agents.",
    reckoned: "Being reckoned from the last eight weeks …",
    title: "Agents needed, and usually there, in the next seven days",
    needed: "Needed",
    most: "Most needed at once",
    atMost: "Needed if nobody gave up",
    present: "Usually there",
    callers: "Callers expected",
    busy: "in a busy week",
    rostered: "On the roster",
    within: "In time, with those there",
    lost: "Give up, with those there",
    from: "From",
    agents: "agents",
    handling: "Handling, on average",
    patience: "Patience, on average",
    assumed: "assumed: too few gave up",
    goal: (share: string, s: string) => `Goal: ${share} within ${s}`,
    occupancy: (share: string) => `at most ${share} of the time busy`,
    shrinkage: (share: string) => `${share} of the roster is away`,
    plan: "The plan of a day",
    hint: "Expected: the same weekday and half hour of the last eight weeks. Needed: by Erlang A, with the house's own handling times and patience; if nobody gave up: by Erlang C, the upper bound. On the roster: needed, and who is away on top. In a busy week: if one standard deviation more come.",
    none: "Nobody has come to this queue in the last eight weeks.",
  },
  es: {
    reckoned: "Se calcula con las últimas ocho semanas …",
    choose: "Elija una cola: cada una necesita sus agentes.",
    title: "Agentes necesarios, y los que suele haber, en los próximos siete días",
    needed: "Necesarios",
    most: "Más necesarios a la vez",
    atMost: "Necesarios si nadie desistiera",
    present: "Suele haber",
    callers: "Llamadas esperadas",
    busy: "en semana fuerte",
    rostered: "En el turno",
    within: "A tiempo, con los que hay",
    lost: "Desisten, con los que hay",
    from: "Desde",
    agents: "agentes",
    handling: "Gestión, de media",
    patience: "Paciencia, de media",
    assumed: "supuesta: desistieron muy pocos",
    goal: (share, s) => `Objetivo: ${share} en ${s}`,
    occupancy: (share) => `ocupados como mucho el ${share} del tiempo`,
    shrinkage: (share) => `falta el ${share} del turno`,
    plan: "El plan de un día",
    hint: "Esperadas: el mismo día de la semana y media hora de las últimas ocho semanas. Necesarios: por Erlang A, con los tiempos y la paciencia de la casa; si nadie desistiera: por Erlang C, el límite superior. En el turno: los necesarios más quienes faltan. En semana fuerte: si llega una desviación típica más.",
    none: "Nadie ha llegado a esta cola en las últimas ocho semanas.",
  },
  ko: {
    reckoned: "지난 8주로 계산하는 중입니다 …",
    choose: "대기열을 고르세요. 대기열마다 필요한 상담원이 다릅니다.",
    title: "앞으로 7일간 필요한 상담원과 평소 있는 상담원",
    needed: "필요",
    most: "동시에 가장 많이 필요",
    atMost: "아무도 포기하지 않을 때 필요",
    present: "평소 있음",
    callers: "예상 고객",
    busy: "바쁜 주",
    rostered: "근무표",
    within: "있는 인원으로 제시간",
    lost: "있는 인원으로 포기",
    from: "시작",
    agents: "상담원",
    handling: "평균 처리 시간",
    patience: "평균 인내심",
    assumed: "추정: 포기가 너무 적음",
    goal: (share, s) => `목표: ${s} 안에 ${share}`,
    occupancy: (share) => `바쁜 시간 최대 ${share}`,
    shrinkage: (share) => `근무표의 ${share}는 자리에 없음`,
    plan: "하루 계획",
    hint: "예상: 지난 8주의 같은 요일, 같은 30분. 필요: 자체 처리 시간과 인내심을 쓴 얼랑 A. 아무도 포기하지 않을 때: 상한인 얼랑 C. 근무표: 필요 인원에 자리에 없을 인원을 더한 수. 바쁜 주: 표준편차 하나만큼 더 올 때.",
    none: "지난 8주 동안 이 대기열에 들어온 고객이 없습니다.",
  },
  ja: {
    reckoned: "過去8週間から計算しています…",
    choose: "列を選んでください。列ごとに必要な担当者が違います。",
    title: "今後7日間に必要な担当者と、普段いる担当者",
    needed: "必要",
    most: "同時に最も必要",
    atMost: "誰も放棄しない場合に必要",
    present: "普段いる人数",
    callers: "予想されるお客様",
    busy: "忙しい週",
    rostered: "勤務表",
    within: "いる人数で時間内",
    lost: "いる人数で放棄",
    from: "開始",
    agents: "担当者",
    handling: "平均処理時間",
    patience: "平均の我慢",
    assumed: "仮定：放棄が少なすぎる",
    goal: (share, s) => `目標：${s}以内に${share}`,
    occupancy: (share) => `稼働は最大${share}`,
    shrinkage: (share) => `勤務表の${share}は席にいない`,
    plan: "一日の計画",
    hint: "予想：過去8週の同じ曜日、同じ30分。必要：自社の処理時間と我慢によるアーランA。誰も放棄しない場合：上限のアーランC。勤務表：必要な人数に席にいない人を加えた数。忙しい週：標準偏差一つ分多く来る場合。",
    none: "過去8週間、この列に来た人はいません。",
  },
});

const hour = 3_600_000; // ms

export function Staffing(v: View) {
  const { answer } = useAnswer<Live>("/api/v1/live", hour);
  if (v.queue) return <Plan {...v} />;
  return (
    <section class="card drawn-from" aria-label={own.choose}>
      <p>{own.choose}</p>
      <p class="choices">
        {answer?.queues.map((q) => (
          <a key={q.name} class="button" href={v.place.href({ queue: q.name })}>
            {q.name}
          </a>
        ))}
      </p>
    </section>
  );
}

function Plan(v: View) {
  const first = v.place.get("plan") || dayOf(now());
  const path = `/api/v1/reports/staffing?${query({ queue: v.queue, from: first })}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/staffing">>(path, hour);
  if (error)
    return (
      <p class="banner bad" role="alert">
        {error}
      </p>
    );
  if (!answer)
    return (
      <p class="card empty" role="status">
        {own.reckoned}
      </p>
    );
  const rows = answer.rows.filter((r) => r.callers > 0 || r.needed > 0 || (r.present ?? 0) > 0);
  const days = Array.from({ length: 7 }, (_, i) => later(first, i));
  return (
    <section aria-label={own.title}>
      <div class="tiles">
        <Tile label={own.handling} value={length(answer.handling.mean_s)} before={null} />
        <Tile label={own.patience} value={length(answer.patience_s)} before={null} />
        <Tile label={own.most} value={String(Math.max(0, ...rows.map((r) => r.needed)))} before={null} />
      </div>
      <p class="hint">
        {[
          own.goal(percent(answer.share), length(answer.target_s)),
          own.occupancy(percent(answer.occupancy)),
          own.shrinkage(percent(answer.shrinkage)),
          answer.patience_measured ? "" : `${own.patience}: ${own.assumed}`,
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {rows.length === 0 ? <p class="card empty">{own.none}</p> : <Needed v={v} rows={rows} path={path} />}
      <WhatIf v={v} days={days} />
      <div class="card drawn-from">
        <h2>{own.plan}</h2>
        <ul class="plans">
          {days.map((day) => {
            const file = (format: string) => `/api/v1/reports/staffing/plan?${query({ queue: v.queue, day, format })}`;
            return (
              <li key={day}>
                {dayName(day)}{" "}
                <span class="downloads">
                  <a href={file("csv")}>CSV</a> <a href={file("xlsx")}>XLSX</a> <a href={file("ics")}>ICS</a>
                </span>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}

function Needed({ v, rows, path }: { v: View; rows: PlanRow[]; path: string }) {
  const when = (i: number) => {
    const start = rows[i]?.start ?? "";
    return `${dayName(dayOf(Date.parse(start)))} ${clock(start)}`;
  };
  return (
    <Figure
      id="needed"
      title={own.title}
      place={v.place}
      files={path}
      hint={own.hint}
      chart={
        <Plot
          label={own.title}
          x={rows.map((_, i) => i)}
          whole
          xName={when}
          xTick={(i) => dayName(dayOf(Date.parse(rows[i]?.start ?? "")))}
          ticks={rows.flatMap((r, i) => (i === 0 || dayOf(Date.parse(r.start)) !== dayOf(Date.parse(rows[i - 1]!.start)) ? [i] : []))}
          unit={own.agents}
          series={[
            { name: own.needed, colour: "answered", as: "bars", values: rows.map((r) => r.needed) },
            { name: own.present, colour: "main", as: "step", values: rows.map((r) => r.present) },
            { name: own.atMost, colour: "before", as: "step", values: rows.map((r) => r.needed_at_most) },
          ]}
        />
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{own.from}</th>
              <th class="num">{own.callers}</th>
              <th class="num">{own.needed}</th>
              <th class="num">{own.busy}</th>
              <th class="num">{own.atMost}</th>
              <th class="num">{own.rostered}</th>
              <th class="num">{own.present}</th>
              <th class="num">{own.within}</th>
              <th class="num">{own.lost}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r, i) => (
              <tr key={r.start}>
                <th scope="row">{when(i)}</th>
                <td class="num">{tenth(r.callers)}</td>
                <td class="num">{r.needed}</td>
                <td class="num">{r.needed_1sd}</td>
                <td class="num">{r.needed_at_most}</td>
                <td class="num">{r.rostered}</td>
                <td class={`num ${r.present !== null && r.present < r.needed ? "bad" : ""}`}>{r.present === null ? "–" : tenth(r.present)}</td>
                <td class="num">{percent(r.within)}</td>
                <td class="num">{percent(r.abandoned)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}
