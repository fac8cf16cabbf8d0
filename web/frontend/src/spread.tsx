// How long callers waited: how the waits are spread, and by which percentiles.
import { query, type Answer, type WaitSpread } from "./api";
import { useAnswer } from "./ask";
import { Figure } from "./figure";
import { asked, every, type View } from "./history";
import { opened } from "./kinds";
import { Counted } from "./numbers";
import { length } from "./parts";
import { go } from "./place";
import { Plot } from "./plot";
import { ownTexts, t } from "./texts";
import { duration } from "./time";

const own = ownTexts({
  en: {
    title: "How long callers waited",
    percentiles: "Waits by percentiles",
    nobody: "Nobody has waited in these days.",
    wait: "Waited",
    callers: "callers",
    longer: (from: string) => `${from} and longer`,
    half: "half",
    of: (n: number) => `${n} in 100`,
    mean: "on average",
    longest: "longest",
    hint: "Waits until caller and agent heard each other, or until the caller gave up. Percentiles are of the nearest rank: of 100 callers, so many waited no longer.",
  },
  es: {
    title: "Cuánto se esperó",
    percentiles: "Esperas por percentiles",
    nobody: "En estos días no esperó nadie.",
    wait: "Espera",
    callers: "llamadas",
    longer: (from) => `${from} o más`,
    half: "la mitad",
    of: (n) => `${n} de 100`,
    mean: "de media",
    longest: "la más larga",
    hint: "Esperas hasta que ambos se oyeron, o hasta que quien llamaba desistió. Percentiles del rango más próximo: de cada 100, cuántos no esperaron más.",
  },
  ko: {
    title: "대기 시간 분포",
    percentiles: "대기 시간 백분위",
    nobody: "이 기간에는 기다린 고객이 없습니다.",
    wait: "대기",
    callers: "고객",
    longer: (from) => `${from} 이상`,
    half: "절반",
    of: (n) => `100명 중 ${n}명`,
    mean: "평균",
    longest: "최장",
    hint: "서로 목소리를 들을 때까지, 또는 고객이 포기할 때까지의 대기입니다. 백분위는 최근접 순위로, 100명 중 몇 명이 그보다 오래 기다리지 않았는지입니다.",
  },
  ja: {
    title: "待ち時間の分布",
    percentiles: "待ち時間の百分位",
    nobody: "この期間に待った人はいません。",
    wait: "待ち時間",
    callers: "人",
    longer: (from) => `${from}以上`,
    half: "半数",
    of: (n) => `100人中${n}人`,
    mean: "平均",
    longest: "最長",
    hint: "互いの声が聞こえるまで、またはお客様があきらめるまでの待ち時間です。百分位は最近順位で、100人中何人がそれより長く待たなかったかです。",
  },
});

const words = { answered: t.answered, abandoned: t.gaveUp };

export function Spread(v: View) {
  const path = `/api/v1/reports/distribution?${query(asked(v))}`;
  const { answer } = useAnswer<Answer<"/api/v1/reports/distribution">>(path, every(v));
  if (!answer) return null;
  const all = answer.rows.filter((r) => r.queue === v.queue);
  const edges = answer.edges_s;
  const counts = (outcome: WaitSpread["outcome"]) => all.find((r) => r.outcome === outcome)?.counts ?? edges.map(() => 0);
  const answered = counts("answered");
  const abandoned = counts("abandoned");
  const sum = (i: number) => (answered[i] ?? 0) + (abandoned[i] ?? 0);
  const used = edges.findLastIndex((_, i) => sum(i) > 0) + 1;
  if (used === 0) return <p class="card empty">{own.nobody}</p>;
  const bars = edges.slice(0, used);
  const name = (i: number) => {
    const from = duration((edges[i] ?? 0) * 1000);
    const to = edges[i + 1];
    return to === undefined ? own.longer(from) : `${from} – ${duration(to * 1000)}`;
  };
  const which = (i: number, kind: string) => {
    const to = edges[i + 1];
    return { kind, only: { wait_from_s: String(edges[i]), ...(to === undefined ? {} : { wait_to_s: String(to) }) }, ...(v.queue ? { queue: v.queue } : {}) };
  };
  return (
    <>
      <Figure
        id="spread"
        title={own.title}
        place={v.place}
        files={path}
        hint={own.hint}
        chart={
          <Plot
            label={own.title}
            x={bars.map((_, i) => i)}
            whole
            xName={name}
            xTick={(i) => duration((edges[i] ?? 0) * 1000)}
            unit={own.callers}
            series={[
              { name: t.answered, colour: "answered", as: "bars", stack: true, values: bars.map((_, i) => answered[i] ?? 0) },
              { name: t.gaveUp, colour: "gave-up", as: "bars", stack: true, values: bars.map((_, i) => abandoned[i] ?? 0) },
            ]}
            onPick={(i) => go(v.place.href(opened(which(i, (abandoned[i] ?? 0) > 0 ? "abandoned" : "answered"))))}
          />
        }
        table={
          <table>
            <thead>
              <tr>
                <th>{own.wait}</th>
                <th class="num">{t.answered}</th>
                <th class="num">{t.gaveUp}</th>
              </tr>
            </thead>
            <tbody>
              {bars.map((from, i) => (
                <tr key={from}>
                  <th scope="row">{name(i)}</th>
                  <td class="num">
                    <Counted place={v.place} n={answered[i] ?? 0} which={which(i, "answered")} />
                  </td>
                  <td class="num">
                    <Counted place={v.place} n={abandoned[i] ?? 0} which={which(i, "abandoned")} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        }
      />
      <Percentiles v={v} rows={answer.rows} />
    </>
  );
}

function Percentiles({ v, rows }: { v: View; rows: WaitSpread[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
    <div class="card scroll" role="group" aria-labelledby="percentiles-title" tabIndex={0}>
      <h2 id="percentiles-title">{own.percentiles}</h2>
      <table>
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th>{t.outcome}</th>
            <th class="num">{own.callers}</th>
            <th class="num">{own.half}</th>
            <th class="num">{own.of(80)}</th>
            <th class="num">{own.of(90)}</th>
            <th class="num">{own.of(95)}</th>
            <th class="num">{own.of(99)}</th>
            <th class="num">{own.longest}</th>
            <th class="num">{own.mean}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={`${r.queue} ${r.outcome}`}>
              <th scope="row">{r.queue || t.allQueues}</th>
              <td>{words[r.outcome]}</td>
              <td class="num">
                <Counted place={v.place} n={r.visits} which={{ kind: r.outcome, ...(r.queue ? { queue: r.queue } : {}) }} />
              </td>
              <td class="num">{length(r.p50_s)}</td>
              <td class="num">{length(r.p80_s)}</td>
              <td class="num">{length(r.p90_s)}</td>
              <td class="num">{length(r.p95_s)}</td>
              <td class="num">{length(r.p99_s)}</td>
              <td class="num">{r.max_s === null ? "–" : duration(r.max_s * 1000)}</td>
              <td class="num">{length(r.mean_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
