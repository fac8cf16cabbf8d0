// How long callers waited, what they were told, and how true it was.
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { Report } from "./figure";
import { asked, every, type View } from "./history";
import { Spread } from "./spread";
import { ownTexts, t } from "./texts";
import { Told } from "./told";
import { duration, percent, whole } from "./time";

const own = ownTexts({
  en: {
    title: "Waits that were told",
    nobody: "Nobody was told a wait in these days.",
    announced: "Told",
    withinBound: "Not later than told",
    meanError: "Off by, on average",
    tooMuch: (d: string) => `${d} too long`,
    tooLittle: (d: string) => `${d} too short`,
    below: (percent: number) => `Below p${percent}`,
    modelOurs: "Error: ours",
    modelLast: "last served",
    modelAsterisk: "Asterisk's",
    hint: "Not later than told: of callers who were told an upper bound and answered. Below p80 and p90: how many waited no longer than our model expected of 80 and 90 in 100. Error: by how much each model misses the wait on average, told or not.",
  },
  es: {
    title: "Esperas anunciadas",
    nobody: "En estos días no se anunció ninguna espera.",
    announced: "Anunciadas",
    withinBound: "No más tarde de lo dicho",
    meanError: "Error medio",
    tooMuch: (d) => `${d} de más`,
    tooLittle: (d) => `${d} de menos`,
    below: (percent) => `Bajo p${percent}`,
    modelOurs: "Error: el nuestro",
    modelLast: "último atendido",
    modelAsterisk: "de Asterisk",
    hint: "No más tarde de lo dicho: de quienes oyeron un límite y fueron atendidos. Bajo p80 y p90: cuántos no esperaron más de lo que nuestro modelo preveía para 80 y 90 de cada 100. Error: en cuánto yerra cada modelo de media, se dijera o no.",
  },
  ko: {
    title: "안내한 대기 시간",
    nobody: "이 기간에는 대기 시간을 안내받은 고객이 없습니다.",
    announced: "안내",
    withinBound: "안내보다 늦지 않음",
    meanError: "평균 오차",
    tooMuch: (d) => `${d} 길게`,
    tooLittle: (d) => `${d} 짧게`,
    below: (percent) => `p${percent} 이내`,
    modelOurs: "오차: 우리 모델",
    modelLast: "직전 응답",
    modelAsterisk: "Asterisk",
    hint: "안내보다 늦지 않음: 상한을 안내받고 응답된 고객 중. p80과 p90 이내: 모델이 100명 중 80명과 90명에 대해 예상한 시간보다 오래 기다리지 않은 고객. 오차: 안내 여부와 관계없이 각 모델이 대기 시간을 평균 얼마나 빗나갔는지.",
  },
  ja: {
    title: "案内した待ち時間",
    nobody: "この期間に待ち時間を案内された人はいません。",
    announced: "案内",
    withinBound: "案内より遅れず",
    meanError: "平均誤差",
    tooMuch: (d) => `${d}長め`,
    tooLittle: (d) => `${d}短め`,
    below: (percent) => `p${percent}以内`,
    modelOurs: "誤差：自社モデル",
    modelLast: "直前の応答",
    modelAsterisk: "Asterisk",
    hint: "案内より遅れず：上限を案内され、応答された人のうち。p80とp90以内：モデルが100人中80人と90人について予想した時間より長く待たなかった人。誤差：案内の有無によらず、各モデルが待ち時間を平均どれだけ外したか。",
  },
});

export function Waits(v: View) {
  return (
    <section aria-label={own.title}>
      <Spread {...v} />
      <Told {...v} />
      <Honesty {...v} />
    </section>
  );
}

function Honesty(v: View) {
  const path = `/api/v1/reports/waits?${query(asked(v))}`;
  const { answer } = useAnswer<Answer<"/api/v1/reports/waits">>(path, every(v));
  if (!answer) return null;
  const queues = answer.queues.filter((q) => !v.queue || q.queue === v.queue);
  if (queues.length === 0) return <p class="card empty">{own.nobody}</p>;
  return (
    <Report title={own.title} path={path}>
      <table class="waits">
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th class="num">{own.announced}</th>
            <th class="num">{own.withinBound}</th>
            <th class="num">{own.meanError}</th>
            <th class="num">{own.below(80)}</th>
            <th class="num">{own.below(90)}</th>
            <th class="num">{own.modelOurs}</th>
            <th class="num">{own.modelLast}</th>
            <th class="num">{own.modelAsterisk}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((q) => (
            <tr key={q.queue}>
              <th scope="row">{q.queue}</th>
              <td class="num">{whole(q.told)}</td>
              <td class="num">{percent(q.within_share)}</td>
              <td class="num">{q.mean_error_s === null ? "–" : meanError(q.mean_error_s)}</td>
              <td class="num">{percent(q.p80_share)}</td>
              <td class="num">{percent(q.p90_share)}</td>
              <td class="num">{length(q.qlm_error_s)}</td>
              <td class="num">{length(q.les_error_s)}</td>
              <td class="num">{length(q.asterisk_error_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{own.hint}</p>
    </Report>
  );
}

function meanError(s: number): string {
  const size = duration(Math.round(Math.abs(s)) * 1000);
  if (Math.round(s) === 0) return size;
  return s > 0 ? own.tooLittle(size) : own.tooMuch(size);
}

const length = (s: number | null) => (s === null ? "–" : duration(Math.round(s) * 1000));
