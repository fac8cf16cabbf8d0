// What the menus do to callers, node by node, beside the flow as it is.
import { useState } from "preact/hooks";
import { query, type Answer, type FlowNow, type Me, type MenuNode } from "./api";
import { useAnswer } from "./ask";
import { FindingList } from "./findings";
import { Header } from "./frame";
import { t } from "./texts";
import { dayOf, duration, moment, now } from "./time";

export function MenusPage({ me }: { me: Me }) {
  const [day, setDay] = useState(() => dayOf(now()));
  const nodes = useAnswer<Answer<"/api/v1/reports/menus">>(`/api/v1/reports/menus?${query({ day })}`);
  const flow = useAnswer<FlowNow>("/api/v1/flow");
  const file = (format: string) => `/api/v1/reports/menus?${query({ day, format })}`;
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="nodes-title">
          <div class="title-row">
            <h2 id="nodes-title">{t.menus}</h2>
            <span class="downloads">
              {t.download}: <a href={file("csv")}>CSV</a> <a href={file("xlsx")}>XLSX</a>
            </span>
            <label class="inline">
              <span class="hidden">{t.day}</span>
              <input type="date" value={day} max={dayOf(now())} onChange={(e) => e.currentTarget.value && setDay(e.currentTarget.value)} />
            </label>
          </div>
          {nodes.error && (
            <p class="banner bad" role="alert">
              {nodes.error}
            </p>
          )}
          {nodes.answer && <Nodes nodes={nodes.answer.nodes} />}
        </section>
        <section aria-labelledby="flow-title">
          <h2 id="flow-title">{t.picture}</h2>
          {flow.missing && <p class="card empty">{t.notHere}</p>}
          {!flow.missing && flow.error && (
            <p class="banner bad" role="alert">
              {flow.error}
            </p>
          )}
          {flow.answer && <Picture flow={flow.answer} />}
        </section>
      </main>
    </>
  );
}

function Picture({ flow }: { flow: FlowNow }) {
  return (
    <>
      {flow.alarm && (
        <p class="banner bad" role="alert">
          {t.notServed} {flow.alarm}
        </p>
      )}
      <p class="hint">
        <code>{flow.version.slice(0, 12)}</code> · {moment(flow.published_at)} · {t.publishedBy(flow.published_by)}
      </p>
      <div class="drawn">
        <figure class="card picture">
          <img src={`/api/v1/flow/picture.svg?${query({ of: flow.version })}`} alt={t.pictureAlt} />
        </figure>
        <div class="card">
          <h3>{t.warnings}</h3>
          {flow.warnings.length === 0 ? <p class="empty">{t.noWarnings}</p> : <FindingList findings={flow.warnings} />}
        </div>
      </div>
    </>
  );
}

function Nodes({ nodes }: { nodes: MenuNode[] }) {
  if (nodes.length === 0) return <p class="card empty">{t.nobodyInMenus}</p>;
  return (
    <div class="card scroll">
      <table class="nodes">
        <thead>
          <tr>
            <th>{t.node}</th>
            <th class="num">{t.entries}</th>
            <th>{t.keysPressed}</th>
            <th class="num">{t.zeroDuring}</th>
            <th class="num">{t.zeroAfter}</th>
            <th class="num">{t.silent}</th>
            <th class="num">{t.wrong}</th>
            <th class="num">{t.hungUp}</th>
            <th class="num">{t.toQueue}</th>
            <th class="num">{t.toPerson}</th>
            <th>{t.alsoHappened}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((n) => (
            <tr key={n.node}>
              <th scope="row" title={n.versions > 1 ? t.versionsSeen(n.versions) : n.flow}>
                {n.node}
              </th>
              <td class="num">{n.entries}</td>
              <td>
                <Keys keys={n.keys} />
              </td>
              <Count n={n.zero_during} />
              <Count n={n.zero_after} />
              <Count n={n.silent} />
              <Count n={n.wrong} />
              <Count n={n.hung_up} bad />
              <td class="num">{range(n.to_queue_p50_s, n.to_queue_p90_s)}</td>
              <td class="num">{range(n.to_person_p50_s, n.to_person_p90_s)}</td>
              <td class="hint">{others(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{t.nodesHint}</p>
    </div>
  );
}

function Count({ n, bad }: { n: number; bad?: boolean }) {
  return <td class={`num ${n === 0 ? "none" : bad ? "bad" : ""}`}>{n}</td>;
}

function Keys({ keys }: { keys: Record<string, number> }) {
  return (
    <span class="keys">
      {Object.entries(keys)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([digit, n]) => (
          <span key={digit}>
            <kbd>{digit}</kbd> {n}
          </span>
        ))}
    </span>
  );
}

function range(p50: number | null, p90: number | null): string {
  return p50 === null || p90 === null ? "–" : `${duration(p50 * 1000)} – ${duration(p90 * 1000)}`;
}

/** others tells what happens only at some nodes. */
function others(n: MenuNode): string {
  const parts: string[] = [];
  if (n.self_served > 0) parts.push(t.selfServed(n.self_served));
  if (n.look_ups > 0) parts.push(t.lookedUp(n.look_ups, n.look_failed));
  if (n.messages > 0) parts.push(t.leftMessage(n.messages));
  if (n.transfers > 0) parts.push(t.transferred(n.transfers, n.joined));
  return parts.join(" · ");
}
