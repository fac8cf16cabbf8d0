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

/** percent is a share of 0 to 1 with one decimal; null: there is none. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)} %`;
}

export function since(at: string): string {
  return duration(now() - Date.parse(at));
}

const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const secondFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function clock(at: string | number): string {
  return clockFormat.format(typeof at === "string" ? Date.parse(at) : at);
}

const dayFormat = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** dayClock is the time, with the weekday if it is not today's. */
export function dayClock(at: string): string {
  const time = Date.parse(at);
  const today = new Date(time).toDateString() === new Date(now()).toDateString();
  return (today ? clockFormat : dayFormat).format(time);
}

export function clockSeconds(at: string): string {
  return secondFormat.format(Date.parse(at));
}

const momentFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** moment is day and time. */
export function moment(at: string): string {
  return momentFormat.format(Date.parse(at));
}

const exactFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });

/** momentToTheSecond is day and time, with seconds. */
export function momentToTheSecond(at: string): string {
  return exactFormat.format(Date.parse(at));
}

/** dayOf is the local day as an <input type="date"> has it. */
export function dayOf(ms: number): string {
  const d = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
