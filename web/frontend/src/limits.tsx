// The limits that were crossed today.
import { useEffect } from "preact/hooks";
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { clock, dayOf, duration, now } from "./time";
import { limitWords, measure, words } from "./words";

const own = ownTexts({
  en: { title: "Limits today", none: "No limit was crossed today.", limit: "Limit", from: "From", to: "To", lasts: "lasts" },
  es: { title: "Límites de hoy", none: "Hoy no se ha superado ningún límite.", limit: "Límite", from: "Desde", to: "Hasta", lasts: "dura" },
  ko: { title: "오늘의 한도", none: "오늘 넘은 한도가 없습니다.", limit: "한도", from: "시작", to: "끝", lasts: "계속 중" },
  ja: { title: "今日の限度", none: "今日、超えた限度はありません。", limit: "限度", from: "開始", to: "終了", lasts: "継続中" },
});

/** LimitsToday lists them; another mark says that one was crossed or is over. */
export function LimitsToday({ mark }: { mark: string }) {
  const { answer, again } = useAnswer<Answer<"/api/v1/limits">>(`/api/v1/limits?${query({ day: dayOf(now()) })}`);
  useEffect(() => void again(), [mark]);
  if (!answer) return null;
  return (
    <Wide title="limits-title">
      <h2 id="limits-title">{own.title}</h2>
      {answer.limits.length === 0 ? (
        <p class="empty">{own.none}</p>
      ) : (
        <table class="limits">
          <thead>
            <tr>
              <th>{own.from}</th>
              <th>{own.to}</th>
              <th>{t.queue}</th>
              <th>{own.limit}</th>
              <th class="num">{words.worst}</th>
            </tr>
          </thead>
          <tbody>
            {answer.limits.map((c) => (
              <tr key={`${c.queue} ${c.limit} ${c.crossed}`}>
                <td>{clock(c.crossed)}</td>
                <td>{c.over ? `${clock(c.over)} (${duration(Date.parse(c.over) - Date.parse(c.crossed))})` : <span class="chip help">{own.lasts}</span>}</td>
                <td>{c.queue}</td>
                <td>{limitWords(c)}</td>
                <td class="num">{measure(c.limit, c.worst)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Wide>
  );
}
