// The supervisor's page: who waits now, and who works. What was is on a page of its own.
import { useState } from "preact/hooks";
import type { Live, Me } from "./api";
import { Callbacks, OutgoingSwitch } from "./callbacks";
import { Timeline } from "./calls";
import { Header } from "./frame";
import { Floor } from "./floor";
import { t } from "./texts";
import { useStream } from "./stream";

export function SupervisorPage({ me }: { me: Me }) {
  const { seen: live, stale } = useStream<Live>("/api/v1/live/events", "live");
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
