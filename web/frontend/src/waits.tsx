// How true the waits were that callers were told.
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { t } from "./texts";
import { duration, percent } from "./time";

export function Waits({ day }: { day: string }) {
  const { answer } = useAnswer<Answer<"/api/v1/reports/waits">>(`/api/v1/reports/waits?${query({ day })}`);
  if (!answer || answer.queues.length === 0) return null;
  return (
    <div class="card scroll">
      <h3>{t.waitsTold}</h3>
      <table class="waits">
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th class="num">{t.announced}</th>
            <th class="num">{t.withinBound}</th>
            <th class="num">{t.meanError}</th>
            <th class="num">{t.below(80)}</th>
            <th class="num">{t.below(90)}</th>
            <th class="num">{t.modelOurs}</th>
            <th class="num">{t.modelLast}</th>
            <th class="num">{t.modelAsterisk}</th>
          </tr>
        </thead>
        <tbody>
          {answer.queues.map((q) => (
            <tr key={q.queue}>
              <th scope="row">{q.queue}</th>
              <td class="num">{q.told}</td>
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
      <p class="hint">{t.waitsHint}</p>
    </div>
  );
}

function meanError(s: number): string {
  const size = duration(Math.round(Math.abs(s)) * 1000);
  if (Math.round(s) === 0) return size;
  return s > 0 ? t.tooLittle(size) : t.tooMuch(size);
}

const length = (s: number | null) => (s === null ? "–" : duration(Math.round(s) * 1000));
