// The floor now: who waits, who works.
import { useState } from "preact/hooks";
import { query, type Answer, type Live, type LiveAgent, type LiveCaller } from "./api";
import { useAnswer } from "./ask";
import { Listen, ListenButton } from "./listen";
import { locale, t } from "./texts";
import { dayClock, duration, now, since, useNow } from "./time";

export function Floor({ live, onOpen }: { live: Live; onOpen: (call: string) => void }) {
  useNow();
  const line = live.queues.flatMap((q) => q.waiting.map((c) => ({ queue: q.name, ...c })));
  const waiting = line.filter((c) => !c.callback || c.callback.on_phone); // on the phone
  const longest = waiting.reduce((ms, c) => Math.max(ms, now() - Date.parse(c.since)), 0);
  const stands = live.agents.map(standing);
  const count = (s: string) => stands.filter((x) => x === s).length;
  return (
    <section aria-labelledby="now-title">
      <h2 id="now-title">{t.now}</h2>
      <div class="tiles">
        <Tile label={t.waiting} value={String(waiting.length)} kind={waiting.length > 0 ? "hot" : ""} />
        <Tile label={t.longestNow} value={waiting.length > 0 ? duration(longest) : "–"} kind={longest > 60_000 ? "hot" : ""} />
        <Tile label={t.callbacksInLine} value={String(line.length - waiting.length)} />
        <Tile label={t.free} value={String(count("idle"))} kind={count("idle") > 0 ? "good" : ""} />
        <Tile label={t.talking} value={String(count("talking") + count("hold") + count("gone"))} />
        {live.in_menus !== undefined && <Tile label={t.inMenus} value={String(live.in_menus)} />}
      </div>
      <div class="halves">
        <Waiting waiting={line.filter((c) => c.state !== "parked")} onOpen={onOpen} />
        <Agents agents={live.agents} stands={stands} onOpen={onOpen} />
      </div>
    </section>
  );
}

function Tile({ label, value, kind = "" }: { label: string; value: string; kind?: string }) {
  return (
    <div class={`tile ${kind}`}>
      <span class="label">{label}</span>
      <span class="value">{value}</span>
    </div>
  );
}

function Waiting({ waiting, onOpen }: { waiting: (LiveCaller & { queue: string })[]; onOpen: (call: string) => void }) {
  return (
    <div class="card">
      <h3>{t.waiting}</h3>
      {waiting.length === 0 ? (
        <p class="empty">{t.nobodyWaits}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{t.queue}</th>
              <th>{t.caller}</th>
              <th class="num">{t.waitsSince}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {waiting.map((c) => (
              <tr key={c.call}>
                <td>{c.queue}</td>
                <td>
                  <button class="link" onClick={() => onOpen(c.call)}>
                    {c.name ? `${c.name} · ${c.number}` : c.number || t.unknownCaller} {c.vip && <span class="chip vip">{t.vip}</span>}
                  </button>
                  {c.callback && <span class="chip callback">{c.callback.on_phone ? t.calledBack : t.callbackBy(dayClock(c.callback.until))}</span>}
                </td>
                <td class="num">{since(c.since)}</td>
                <td>{doing(c)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** doing is what is being done for somebody in line. */
function doing(c: LiveCaller): string {
  if (c.state === "dialing") return t.dialledFor(c.agent ?? "");
  return c.agent && c.state !== "waiting" ? t.rings(c.agent) : "";
}

/** standing is what matters of an agent: what she does, and if nothing, whether she could. */
function standing(a: LiveAgent): string {
  if (a.gone) return "gone";
  if (a.hold) return "hold";
  if (a.state !== "idle") return a.state;
  if (a.presence !== "available") return "away";
  return a.media ? "idle" : "no_phone";
}

const breaksEvery = 5 * 60_000; // ms

function Agents({ agents, stands, onOpen }: { agents: LiveAgent[]; stands: string[]; onOpen: (call: string) => void }) {
  const breaks = useAnswer<Answer<"/api/v1/desk/targets">>(`/api/v1/desk/targets?${query({ language: locale })}`, breaksEvery).answer?.breaks ?? [];
  const titles = Object.fromEntries(breaks.map((b) => [b.id, b.title]));
  const [heard, setHeard] = useState<LiveAgent | null>(null); // as she was when it was opened
  return (
    <div class="card">
      <h3>{t.agents}</h3>
      {agents.length === 0 ? (
        <p class="empty">{t.noAgents}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{t.agent}</th>
              <th>{t.state}</th>
              <th class="num">{t.for_}</th>
            </tr>
          </thead>
          <tbody>
            {agents.map((a, i) => {
              const stand = stands[i] ?? "";
              const reason = stand === "away" && a.reason ? (titles[a.reason] ?? t.reasons[a.reason] ?? shortReason(a.reason)) : "";
              const text = t.states[stand] + (reason ? `: ${reason}` : "");
              return (
                <tr key={a.agent}>
                  <td>
                    {a.name || a.agent}
                    {a.skills && <span class="hint skills">{a.skills.map((s) => `${s.name} ${s.level}`).join(", ")}</span>}
                  </td>
                  <td>
                    <span class={`chip ${stand}`}>
                      {a.call ? (
                        <button class="link" onClick={() => onOpen(a.call!)}>
                          {text}
                        </button>
                      ) : (
                        text
                      )}
                    </span>
                    {a.help && (
                      <span class="chip help" role="status">
                        {t.asksForHelp(since(a.help))}
                      </span>
                    )}
                    <ListenButton agent={a} onOpen={() => setHeard(a)} />
                  </td>
                  <td class="num">{since(a.gone ?? a.hold ?? a.since)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {heard && <Listen key={`${heard.agent} ${heard.call}`} agent={heard} onClose={() => setHeard(null)} />}
    </div>
  );
}

function shortReason(reason: string): string {
  return reason in t.awayReasons ? (t.shortReasons[reason] ?? "") : reason;
}
