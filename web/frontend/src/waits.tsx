// How true the waits were that callers were told.
import { query, type WaitAccuracy } from "./api";
import { useAnswer } from "./ask";
import { t } from "./texts";
import { dayBounds, duration } from "./time";

export function Waits({ day }: { day: string }) {
  const { answer } = useAnswer<{ queues: WaitAccuracy[] }>(`/api/v1/reports/waits?${query(dayBounds(day))}`);
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
          </tr>
        </thead>
        <tbody>
          {answer.queues.map((q) => (
            <tr key={q.queue}>
              <th scope="row">{q.queue}</th>
              <td class="num">{q.announced}</td>
              <td class="num">{q.within_share === null ? "–" : `${(100 * q.within_share).toFixed(1)} %`}</td>
              <td class="num">{q.mean_error_s === null ? "–" : meanError(q.mean_error_s)}</td>
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
  return s > 0 ? t.tooMuch(size) : t.tooLittle(size);
}
