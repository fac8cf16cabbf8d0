// The supervisor's page: who waits now, and who works. What was is on a page of its own.
import { useEffect, useState } from "preact/hooks";
import { get, type Live, type Me } from "./api";
import { Callbacks, OutgoingSwitch } from "./callbacks";
import { Timeline } from "./calls";
import { Header } from "./frame";
import { Floor } from "./floor";
import { t } from "./texts";
import { setClock } from "./time";

const staleAfter = 12_000;

export function SupervisorPage({ me }: { me: Me }) {
  const { live, stale } = useLive();
  const [open, setOpen] = useState<string | null>(null);
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
