// The supervisor's page: who waits now, and who works. What was is on a page of its own.
import { useState } from "preact/hooks";
import type { Live, Me } from "./api";
import { Callbacks, OutgoingSwitch } from "./callbacks";
import { Timeline } from "./calls";
import { Header, simulated } from "./frame";
import { Floor } from "./floor";
import { t } from "./texts";
import { useStream } from "./stream";

/** notOfDemo leaves out what the page says of a demo in its own language. The other warnings are the operator's, in English, as in the log. */
const notOfDemo = (warning: string) => !warning.includes("`presszero demo`");

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
        {live?.warnings.filter(notOfDemo).map((w) => (
          <p key={w} class="banner warn" role="alert" lang="en">
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
