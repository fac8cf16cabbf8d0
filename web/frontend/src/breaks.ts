// What the house calls the reasons for which agents are away.
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { locale, t } from "./texts";

export type BreakNames = Record<string, string>;

const every = 5 * 60_000; // ms

/** useBreaks are the breaks of the flow, by id. */
export function useBreaks(): BreakNames {
  const list = useAnswer<Answer<"/api/v1/desk/targets">>(`/api/v1/desk/targets?${query({ language: locale })}`, every).answer?.breaks ?? [];
  return Object.fromEntries(list.map((b) => [b.id, b.title]));
}

/** breakName is a reason in words; "" says nothing. */
export function breakName(reason: string, names: BreakNames): string {
  const ours = reason in t.awayReasons ? (t.shortReasons[reason] ?? "") : reason;
  return names[reason] ?? t.reasons[reason] ?? ours;
}
