// What the server tells a page of the present, again and again.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { setClock } from "./time";

const staleAfter = 12_000; // ms; the server says something every 5 s
const lookEvery = 3000;

/** useStream follows events of a name; each holds the whole. The browser reconnects by itself; refused is called when the server says no. */
export function useStream<T extends { now: string }>(
  path: string,
  event: string,
  refused: () => void = () => void get("/api/v1/me").catch(() => {}),
): { seen: T | null; stale: boolean } {
  const [seen, setSeen] = useState<T | null>(null);
  const [stale, setStale] = useState(false);
  useEffect(() => {
    let heardAt = Date.now();
    let events: EventSource;
    const open = () => {
      events = new EventSource(path);
      events.addEventListener(event, (e) => {
        const told = JSON.parse((e as MessageEvent<string>).data) as T;
        heardAt = Date.now();
        setClock(told.now);
        setSeen(told);
        setStale(false);
      });
    };
    open();
    const watch = setInterval(() => {
      if (Date.now() - heardAt < staleAfter && events.readyState !== EventSource.CLOSED) return;
      if (Date.now() - heardAt >= staleAfter) setStale(true);
      if (events.readyState !== EventSource.CLOSED) return;
      open(); // it was refused, not only broken: perhaps the sign-in has ended
      refused();
    }, lookEvery);
    return () => {
      clearInterval(watch);
      events.close();
    };
  }, [path]);
  return { seen, stale };
}
