// Until when something is to hold.
import { ownTexts } from "./texts";
import { clock, now } from "./time";

const own = ownTexts({
  en: {
    until: "Until",
    minutes: (n: number, at: string) => `${at} (${n} minutes)`,
    hours: (n: number, at: string) => `${at} (${n} ${n === 1 ? "hour" : "hours"})`,
    change: "the hours next change",
  },
  es: {
    until: "Hasta",
    minutes: (n, at) => `las ${at} (${n} minutos)`,
    hours: (n, at) => `las ${at} (${n} ${n === 1 ? "hora" : "horas"})`,
    change: "el próximo cambio de horario",
  },
  ko: { until: "언제까지", minutes: (n, at) => `${at} (${n}분)`, hours: (n, at) => `${at} (${n}시간)`, change: "다음 운영 시간 변경" },
  ja: { until: "いつまで", minutes: (n, at) => `${at}（${n}分）`, hours: (n, at) => `${at}（${n}時間）`, change: "次の受付時間の変わり目" },
});

const spans = [15, 30, 60, 120, 240, 480]; // minutes

/** endOf is the choice as the API takes it; 0 is until the hours next change. */
export function endOf(minutes: number, from = now()): string {
  return minutes === 0 ? "" : new Date(from + 60_000 * minutes).toISOString();
}

/** Until is the choice; hours: it may be until the hours next change. */
export function Until({ minutes, set, hours = false }: { minutes: number; set: (minutes: number) => void; hours?: boolean }) {
  return (
    <label class="inline until">
      {own.until}{" "}
      <select value={String(minutes)} onChange={(e) => set(Number(e.currentTarget.value))}>
        {hours && <option value="0">{own.change}</option>}
        {spans.map((n) => {
          const at = clock(now() + 60_000 * n);
          return (
            <option key={n} value={String(n)}>
              {n < 60 ? own.minutes(n, at) : own.hours(n / 60, at)}
            </option>
          );
        })}
      </select>
    </label>
  );
}
