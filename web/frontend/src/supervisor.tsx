// The supervisor's page: who waits now, what the day was like, and every
// single call behind each number.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, query, type Answer, type Call, type Live, type Me, type Row, type Summary } from "./api";
import { Callbacks, OutgoingSwitch } from "./callbacks";
import { CallList, Timeline } from "./calls";
import { Chart } from "./chart";
import { Codes } from "./codes";
import { Header } from "./frame";
import { Floor } from "./floor";
import { Promises } from "./promises";
import { Numbers, asked, gaveUp, type Filter } from "./numbers";
import { t } from "./texts";
import { dayOf, now, setClock } from "./time";
import { Waits } from "./waits";

export interface Reports {
  summary: Summary;
  rows: Row[]; // by the half hour
  calls: Call[];
}

const atMostEvery = 400; // ms between two questions to the reports
const atLeastEvery = 15_000;
const staleAfter = 12_000;
export const callLimit = 200;

export function SupervisorPage({ me }: { me: Me }) {
  const { live, stale } = useLive();
  const [day, setDay] = useState(() => dayOf(now()));
  const [filter, setFilter] = useState<Filter>({ title: t.callsGaveUp, outcomes: gaveUp, afterTalk: false });
  const [open, setOpen] = useState<string | null>(null);
  const { reports, error } = useReports(day, filter, live?.reported);
  return (
    <>
      <Header me={me} />
      <main class="floor">
        {stale && (
          <p class="banner warn" role="alert">
            {t.stale}
          </p>
        )}
        {live?.warnings.map((w) => (
          <p key={w} class="banner warn" role="alert">
            {w}
          </p>
        ))}
        {live && <Floor live={live} onOpen={setOpen} />}
        {live && <Callbacks live={live} onOpen={setOpen} />}
        {live && <OutgoingSwitch />}
        <section aria-labelledby="day-title">
          <div class="title-row">
            <h2 id="day-title">{day === dayOf(now()) ? t.today : t.day}</h2>
            <label class="inline">
              <span class="hidden">{t.day}</span>
              <input type="date" value={day} max={dayOf(now())} onChange={(e) => e.currentTarget.value && setDay(e.currentTarget.value)} />
            </label>
          </div>
          {error && (
            <p class="banner bad" role="alert">
              {error}
            </p>
          )}
          {reports && <Numbers summary={reports.summary} chosen={filter} onChoose={setFilter} onOpen={setOpen} />}
          {reports && <Chart rows={reports.rows} day={day} />}
          <Waits day={day} />
          <Codes day={day} />
          <Promises day={day} />
        </section>
        {reports && <CallList filter={filter} day={day} calls={reports.calls} onOpen={setOpen} />}
      </main>
      {open && <Timeline call={open} mark={live?.reported} onClose={() => setOpen(null)} />}
    </>
  );
}

/** useLive follows the floor; the browser reconnects by itself. */
function useLive(): { live: Live | null; stale: boolean } {
  const [live, setLive] = useState<Live | null>(null);
  const [stale, setStale] = useState(false);
  useEffect(() => {
    let heardAt = Date.now();
    let events: EventSource;
    const open = () => {
      events = new EventSource("/api/v1/live/events");
      events.addEventListener("live", (e) => {
        const l = JSON.parse((e as MessageEvent<string>).data) as Live;
        heardAt = Date.now();
        setClock(l.now);
        setLive(l);
        setStale(false);
      });
    };
    open();
    const watch = setInterval(() => {
      if (Date.now() - heardAt < staleAfter) return;
      setStale(true);
      if (events.readyState !== EventSource.CLOSED) return;
      open(); // it was refused, not only broken: perhaps the sign-in has ended
      void get("/api/v1/me").catch(() => {});
    }, 3000);
    return () => {
      clearInterval(watch);
      events.close();
    };
  }, []);
  return { live, stale };
}

/** useReports asks anew when the reports know of something new, at once but not all the time. */
function useReports(day: string, filter: Filter, mark: number | undefined): { reports: Reports | null; error: string } {
  const [reports, setReports] = useState<Reports | null>(null);
  const [error, setError] = useState("");
  const state = useRef({ busy: false, again: false, last: 0, timer: 0, turn: 0 });
  const ask = useRef(async () => {});
  ask.current = async () => {
    const s = state.current;
    if (s.busy) {
      s.again = true;
      return;
    }
    s.busy = true;
    s.last = Date.now();
    const turn = s.turn;
    try {
      const [summary, intervals, calls] = await Promise.all([
        get<Summary>(`/api/v1/reports/summary?${query({ day })}`),
        get<Answer<"/api/v1/reports/abandonment">>(`/api/v1/reports/abandonment?${query({ day, interval: "30m" })}`),
        get<Answer<"/api/v1/reports/calls">>(`/api/v1/reports/calls?${query({ day, ...asked(filter), limit: String(callLimit) })}`),
      ]);
      if (turn === s.turn) setReports({ summary, rows: intervals.rows, calls: calls.calls });
      setError("");
    } catch (e) {
      setError((e as Error).message);
    }
    s.busy = false;
    if (s.again) {
      s.again = false;
      soon();
    }
  };
  const soon = useCallback(() => {
    const s = state.current;
    clearTimeout(s.timer);
    s.timer = window.setTimeout(() => void ask.current(), Math.max(0, s.last + atMostEvery - Date.now()));
  }, []);
  useEffect(() => {
    state.current.turn++;
    state.current.last = 0; // a choice is answered at once
    soon();
  }, [day, filter]);
  useEffect(soon, [mark]);
  useEffect(() => {
    const timer = setInterval(soon, atLeastEvery);
    return () => clearInterval(timer);
  }, []);
  return { reports, error };
}
