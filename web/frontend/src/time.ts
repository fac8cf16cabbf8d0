// Times, durations and shares as people read them; times by the server's clock.
import { useEffect, useState } from "preact/hooks";
import { locale } from "./texts";

let ahead = 0; // how far the server's clock is ahead of this machine's, in ms

/** setClock takes a time that the server has just told. */
export function setClock(serverNow: string): void {
  ahead = Date.parse(serverNow) - Date.now();
}

export function now(): number {
  return Date.now() + ahead;
}

/** useNow renders again every second, so that timers tick. */
export function useNow(): number {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return now();
}

/** duration is m:ss, or h:mm:ss from an hour on. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const shares = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const wholes = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** percent is a share of 0 to 1 with one decimal; null: there is none. */
export function percent(share: number | null): string {
  return share === null ? "–" : shares.format(share);
}

/** whole is a count, with its thousands apart. */
export function whole(n: number): string {
  return wholes.format(n);
}

/** tenth is a number with one decimal. */
export function tenth(n: number): string {
  return tenths.format(n);
}

export function since(at: string): string {
  return duration(now() - Date.parse(at));
}

const formats = (timeZone: string | undefined) => {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...options, timeZone });
  return {
    clock: format({ timeStyle: "short" }),
    second: format({ timeStyle: "medium" }),
    weekday: format({ weekday: "short", hour: "numeric", minute: "2-digit" }),
    moment: format({ dateStyle: "medium", timeStyle: "short" }),
    exact: format({ dateStyle: "medium", timeStyle: "medium" }),
    day: new Intl.DateTimeFormat("sv-SE", { timeZone }), // 2026-05-04
  };
};

let zone: string | undefined; // undefined: this machine's
let by = formats(zone);

/** setZone has all times written in a zone, by its IANA name: that of the queue whose past a page shows. */
export function setZone(name: string): void {
  if (name === zone) return;
  zone = name;
  by = formats(zone);
}

export function clock(at: string | number): string {
  return by.clock.format(typeof at === "string" ? Date.parse(at) : at);
}

/** dayClock is the time, with the weekday if it is not today's. */
export function dayClock(at: string): string {
  const time = Date.parse(at);
  return (dayOf(time) === dayOf(now()) ? by.clock : by.weekday).format(time);
}

export function clockSeconds(at: string): string {
  return by.second.format(Date.parse(at));
}

/** moment is day and time. */
export function moment(at: string): string {
  return by.moment.format(Date.parse(at));
}

/** momentToTheSecond is day and time, with seconds. */
export function momentToTheSecond(at: string): string {
  return by.exact.format(Date.parse(at));
}

const shortDay = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const longDay = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const weekdays = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const midday = (day: string) => Date.parse(`${day}T12:00:00Z`);

/** dayName is a day like 2026-05-04 as people read it, with its weekday. */
export function dayName(day: string): string {
  return shortDay.format(midday(day));
}

/** daysName are the days from first to last. */
export function daysName(first: string, last: string): string {
  return first === last ? longDay.format(midday(first)) : longDay.formatRange(midday(first), midday(last));
}

const clockFace = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: "UTC" });

/** clockOf is a time of any day, so many minutes after midnight. */
export function clockOf(minutes: number): string {
  return clockFace.format(minutes * 60_000);
}

/** weekdayName is that of 1 for Monday to 7 for Sunday. */
export function weekdayName(n: number): string {
  return weekdays.format(midday(`2024-01-0${n}`)); // 2024-01-01 was a Monday
}

/** dayOf is the day as an <input type="date"> has it. */
export function dayOf(ms: number): string {
  return by.day.format(ms);
}
