// What the flow's compliance profiles require of the day, and how the day was.
import { query, type Answer, type Requirement } from "./api";
import { useAnswer } from "./ask";
import { asked, every, type View } from "./history";
import { ownTexts, t } from "./texts";
import { duration, moment, percent } from "./time";

const own = ownTexts({
  en: { none: "The flow names no profile that it promises to keep." },
  es: { none: "El flujo no nombra ningún perfil que prometa cumplir." },
  ko: { none: "흐름에 지키기로 약속한 프로필이 없습니다." },
  ja: { none: "フローには守ると約束したプロファイルがありません。" },
});

export function Promises(v: View) {
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
            <th />
          </tr>
        </thead>
        <tbody>
          {answer.requirements.map((r) => (
            <tr key={`${r.profile} ${r.requirement} ${r.within_s}`}>
              <td>{r.profile}</td>
              <td>
                {t.requirements[r.requirement]?.(duration((r.within_s ?? 0) * 1000)) ?? r.requirement}
                {r.breaches?.map((b) => (
                  <div class="hint" key={b.call}>
                    <a href={v.place.href({ call: b.call })}>{moment(b.at)}</a>, {b.queue}, {duration(b.wait_s * 1000)}, {t.outcomes[b.outcome] ?? b.outcome}
                  </div>
                ))}
              </td>
              <td class="num">{r.measured === null ? "–" : amount(r.measured, r.unit)}</td>
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

function amount(n: number, unit: Requirement["unit"]): string {
  switch (unit) {
    case "share":
      return percent(n);
    case "s":
      return duration(n * 1000);
    case "h":
      return `${n.toFixed(1)} h`;
    default:
      return String(n);
  }
}
