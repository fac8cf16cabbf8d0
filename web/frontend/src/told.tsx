// What became of callers by the wait that they were told.
import { query, type Answer, type Told as Row } from "./api";
import { useAnswer } from "./ask";
import { Figure } from "./figure";
import { asked, every, type View } from "./history";
import { toldRange } from "./kinds";
import { Counted } from "./numbers";
import { length, Legend, Parts, Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { percent } from "./time";

const own = ownTexts({
  en: {
    title: "Told, and what became of it",
    told: "Told",
    callers: "Callers",
    of: "Of them",
    rate: "Given up",
    longer: "Waited longer than told",
    half: "Answered after, half",
    nine: "nine in ten",
  },
  es: {
    title: "Lo anunciado y lo que pasó",
    told: "Anunciado",
    callers: "Llamadas",
    of: "De ellas",
    rate: "Abandonadas",
    longer: "Esperaron más de lo dicho",
    half: "Contestadas tras, la mitad",
    nine: "nueve de diez",
  },
  ko: {
    title: "안내한 대기 시간과 결과",
    told: "안내",
    callers: "고객",
    of: "구성",
    rate: "포기",
    longer: "안내보다 오래 기다림",
    half: "응답까지, 절반",
    nine: "10명 중 9명",
  },
  ja: {
    title: "案内した待ち時間とその結果",
    told: "案内",
    callers: "人数",
    of: "内訳",
    rate: "放棄",
    longer: "案内より長く待った",
    half: "応答まで、半数",
    nine: "10人中9人",
  },
});

export function Told(v: View) {
  const path = `/api/v1/reports/told?${query(asked(v))}`;
  const { answer } = useAnswer<Answer<"/api/v1/reports/told">>(path, every(v));
  if (!answer || answer.rows.length === 0) return null;
  const counted = (kind: string, n: number, r: Row) => (
    <Counted place={v.place} n={n} which={{ kind, only: { told: told(r) }, ...(v.queue ? { queue: v.queue } : {}) }} />
  );
  const table = (drawn: boolean) => (
    <table>
      <thead>
        <tr>
          <th>{own.told}</th>
          <th class="num">{own.callers}</th>
          {drawn ? <th>{own.of}</th> : <th class="num">{t.answered}</th>}
          <th class="num">{t.gaveUp}</th>
          <th class="num">{own.rate}</th>
          <th class="num">{own.longer}</th>
          <th class="num">{own.half}</th>
          <th class="num">{own.nine}</th>
        </tr>
      </thead>
      <tbody>
        {answer.rows.map((r) => (
          <tr key={`${r.told_low_s} ${r.told_high_s}`}>
            <th scope="row">{toldRange(told(r))}</th>
            <td class="num">{counted("offered", r.visits, r)}</td>
            {drawn ? (
              <td class="wide">
                <Parts
                  list={[
                    { kind: "answered", word: t.answered, n: r.answered },
                    { kind: "rest", word: t.other, n: r.other + r.open },
                    { kind: "gave-up", word: t.gaveUp, n: r.abandoned },
                  ]}
                />
              </td>
            ) : (
              <td class="num">{counted("answered", r.answered, r)}</td>
            )}
            <td class="num">{counted("abandoned", r.abandoned, r)}</td>
            <td class="num">{percent(r.abandon_rate)}</td>
            <td class="num">{r.told_high_s ? percent(r.longer_share) : "–"}</td>
            <td class="num">{length(r.p50_s)}</td>
            <td class="num">{length(r.p90_s)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <Figure
      id="told"
      title={own.title}
      place={v.place}
      files={path}
      chart={
        <Wide title="told-title" kind="chart-parts">
          <Legend
            list={[
              ["answered", t.answered],
              ["rest", t.other],
              ["gave-up", t.gaveUp],
            ]}
          />
          {table(true)}
        </Wide>
      }
      table={table(false)}
    />
  );
}

const told = (r: Row) => `${r.told_low_s ?? 0}-${r.told_high_s ?? 0}`;
