// The sound of a limit that is crossed: once for each, and only for those that are new.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Crossing } from "./api";
import { now } from "./time";
import { wav } from "./tones";

const setting = "presszero-limit-sound"; // "off", or nothing
const fresh = 60_000; // ms; a page that is opened says nothing of what was crossed long before

const note = (hz: number, at: number) => (t: number) =>
  t < at || t > at + 0.5 ? 0 : 0.3 * Math.sin(2 * Math.PI * hz * t) * Math.exp(-7 * (t - at)) * Math.min(1, (t - at) / 0.01);
const notes = [note(740, 0), note(587, 0.25), note(740, 0.5)];

/** gong is three soft strokes. */
export const gong = (): Uint8Array<ArrayBuffer> => wav(1.1, (t) => notes.reduce((sum, n) => sum + n(t), 0));

const keyOf = (c: Crossing) => `${c.queue} ${c.limit} ${c.crossed}`;

/** fresher returns those that have not been heard before and are not old; all are heard afterwards. */
export function fresher(crossed: Crossing[], heard: Set<string>, time: number): Crossing[] {
  const news = crossed.filter((c) => !heard.has(keyOf(c)) && time - Date.parse(c.crossed) < fresh);
  for (const c of crossed) heard.add(keyOf(c));
  return news;
}

export interface Alarm {
  on: boolean;
  blocked: boolean; // by the browser, until somebody clicks
  set: (on: boolean) => void;
}

/** useAlarm sounds when a limit is newly crossed. */
export function useAlarm(crossed: Crossing[]): Alarm {
  const [on, setOn] = useState(() => localStorage.getItem(setting) !== "off");
  const [blocked, setBlocked] = useState(false);
  const heard = useRef(new Set<string>());
  const sound = useRef<HTMLAudioElement | null>(null);
  const play = () => {
    sound.current ??= new Audio(URL.createObjectURL(new Blob([gong()], { type: "audio/wav" })));
    sound.current.currentTime = 0;
    sound.current.play().then(
      () => setBlocked(false),
      (e: Error) => setBlocked(e.name === "NotAllowedError"),
    );
  };
  const mark = crossed.map(keyOf).join("\n");
  useEffect(() => {
    if (fresher(crossed, heard.current, now()).length > 0 && on) play();
  }, [mark]);
  const set = (to: boolean) => {
    localStorage.setItem(setting, to ? "on" : "off");
    setOn(to);
    setBlocked(false);
    if (to) play(); // so that one hears what it will be, and the browser lets it
  };
  return { on, blocked: on && blocked, set };
}
