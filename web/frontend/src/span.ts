// A span of days: which one is looked at, and with which it is compared. Days are
// texts like 2026-05-04, without a zone: the server knows the queues' zones.

export interface Span {
  day: string; // the first
  days: number;
}

const dayLong = 24 * 3600_000;
const ms = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** later is the day so many days after day. */
export function later(day: string, days: number): string {
  return new Date(ms(day) + days * dayLong).toISOString().slice(0, 10);
}

/** last is the last day of the span. */
export function last(s: Span): string {
  return later(s.day, s.days - 1);
}

/** longest is how many days one question may be about. */
export const longest = 400;

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms(text)) && later(text, 0) === text;

/** spanOf is the span between two days of an address, both in it; where they make none, it is today. */
export function spanOf(from: string, to: string, today: string): Span {
  if (!isDay(from)) return { day: today, days: 1 };
  const days = isDay(to) ? Math.round((ms(to) - ms(from)) / dayLong) + 1 : 1;
  if (days < 1) return { day: from, days: 1 };
  return { day: from, days: Math.min(days, longest) };
}

/** weekday is 0 for Monday to 6 for Sunday. */
export function weekday(day: string): number {
  return (new Date(ms(day)).getUTCDay() + 6) % 7;
}

export const presets = ["today", "yesterday", "this_week", "last_week", "this_month", "last_month", "four_weeks"] as const;
export type Preset = (typeof presets)[number];

/** preset is the span of that name, seen from today. Weeks begin on Monday, and none goes beyond today. */
export function preset(name: Preset, today: string): Span {
  const monday = later(today, -weekday(today));
  const first = `${today.slice(0, 8)}01`;
  const until = (day: string) => ({ day, days: Math.round((ms(today) - ms(day)) / dayLong) + 1 });
  switch (name) {
    case "today":
      return { day: today, days: 1 };
    case "yesterday":
      return { day: later(today, -1), days: 1 };
    case "this_week":
      return until(monday);
    case "last_week":
      return { day: later(monday, -7), days: 7 };
    case "this_month":
      return until(first);
    case "last_month": {
      const before = later(first, -1);
      return { day: `${before.slice(0, 8)}01`, days: Number(before.slice(8)) };
    }
    case "four_weeks":
      return { day: later(today, -28), days: 28 };
  }
}
