// The supervisor's page: who waits now, and who works. What was is on a page of its own.
import { useState } from "preact/hooks";
import type { Live, Me } from "./api";
import { Callbacks, OutgoingSwitch } from "./callbacks";
import { Timeline } from "./calls";
import { Header, simulated } from "./frame";
import { Floor } from "./floor";
import { t } from "./texts";
import { useStream } from "./stream";
import { Warnings } from "./warnings";

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
        {me.demo && <p class="banner warn">{simulated}</p>}
        {live && <Warnings list={live.warnings} />}
        {live && <Floor live={live} onOpen={setOpen} />}
        {live && <Callbacks live={live} onOpen={setOpen} />}
        {live && <OutgoingSwitch />}
      </main>
      {open && <Timeline call={open} mark={live?.reported} onClose={() => setOpen(null)} />}
    </>
  );
}
