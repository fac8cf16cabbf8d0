// The floor now: each queue in figures, who waits, who works, and what a supervisor can do
// about it.
import { useEffect } from "preact/hooks";
import type { Live, LiveAgent, LiveCaller } from "./api";
import { useAlarm, type Alarm } from "./alarm";
import { breakName, useBreaks, type BreakNames } from "./breaks";
import { Done, useActing } from "./done";
import { EmergencyBanner } from "./emergency";
import { FloorPanel } from "./floorpanel";
import { LimitsToday } from "./limits";
import { ListenButton } from "./listen";
import { addressOf, useOpened } from "./opened";
import { Queues } from "./queues";
import { ownTexts, t } from "./texts";
import { dayClock, duration, now, since, useNow } from "./time";
import { crossedWords, words } from "./words";

const own = ownTexts({
  en: {
    emergency: "Emergency text",
    walls: "Wall",
    next: "next",
    asks: (who: string) => `asks ${who}`,
    askedBy: (who: string) => `asked by ${who}`,
    leaving: "leaves after this talk",
    setBy: (who: string) => `set by ${who}`,
  },
  es: {
    emergency: "Aviso de emergencia",
    walls: "Pantalla",
    next: "siguiente",
    asks: (who) => `consulta a ${who}`,
    askedBy: (who) => `consultado por ${who}`,
    leaving: "sale tras esta conversación",
    setBy: (who) => `por ${who}`,
  },
  ko: {
    emergency: "긴급 안내",
    walls: "현황판",
    next: "다음 차례",
    asks: (who) => `${who}에게 협의 중`,
    askedBy: (who) => `${who}의 협의를 받는 중`,
    leaving: "이 통화 후 로그아웃",
    setBy: (who) => `${who} 지정`,
  },
  ja: {
    emergency: "緊急案内",
    walls: "掲示画面",
    next: "次",
    asks: (who) => `${who}に相談中`,
    askedBy: (who) => `${who}から相談を受けている`,
    leaving: "この通話後にサインアウト",
    setBy: (who) => `${who}が設定`,
  },
});

export function Floor({ live, onOpen }: { live: Live; onOpen: (call: string) => void }) {
  useNow();
  const breaks = useBreaks();
  const acting = useActing();
  const { opened, close } = useOpened();
  const crossed = live.figures.flatMap((q) => q.limits);
  const alarm = useAlarm(crossed);
  const line = live.queues.flatMap((q) => q.waiting.map((c) => ({ queue: q.name, ...c })));
  const waiting = line.filter((c) => !c.callback || c.callback.on_phone); // on the phone
  const longest = waiting.reduce((ms, c) => Math.max(ms, now() - Date.parse(c.since)), 0);
  const stands = live.agents.map(standing);
  const count = (s: string) => stands.filter((x) => x === s).length;
  const whole = live.in_menus !== undefined; // she sees the whole house
  return (
    <section aria-labelledby="now-title">
      <div class="title-row">
        <h1 id="now-title">{t.now}</h1>
        <SoundSwitch alarm={alarm} />
        {whole && (
          <a class="button" href={addressOf("emergency")}>
            {own.emergency}
          </a>
        )}
        <a class="button" href="/walls">
          {own.walls}
        </a>
      </div>
      <div class="crossings">
        {crossed.map((c) => (
          <p key={`${c.queue} ${c.limit} ${c.crossed}`} class="banner bad" role="alert">
            {crossedWords(c)}
          </p>
        ))}
      </div>
      {live.emergency && <EmergencyBanner emergency={live.emergency} acting={whole ? acting : null} />}
      <div class="tiles">
        <Tile label={t.waiting} value={String(waiting.length)} kind={waiting.length > 0 ? "hot" : ""} />
        <Tile label={t.longestNow} value={waiting.length > 0 ? duration(longest) : "–"} kind={longest > 60_000 ? "hot" : ""} />
        <Tile label={t.callbacksInLine} value={String(line.length - waiting.length)} />
        <Tile label={t.free} value={String(count("idle"))} kind={count("idle") > 0 ? "good" : ""} />
        <Tile label={t.talking} value={String(count("talking") + count("hold") + count("gone"))} />
        {live.in_menus !== undefined && (
          <Tile label={t.inMenus} value={String(live.in_menus)} hint={live.gave_up_in_menus ? words.gaveUpLately(live.gave_up_in_menus.callers) : ""} />
        )}
      </div>
      <Queues figures={live.figures} queues={live.queues} breaks={breaks} />
      <div class="halves">
        <Waiting waiting={line.filter((c) => c.state !== "parked")} />
        <Agents agents={live.agents} stands={stands} breaks={breaks} />
      </div>
      <LimitsToday mark={crossed.map((c) => `${c.queue} ${c.limit}`).join()} />
      <FloorPanel live={live} opened={opened} close={close} acting={acting} breaks={breaks} onStory={onOpen} />
      {!opened && <Done acting={acting} toast />}
    </section>
  );
}

function SoundSwitch({ alarm }: { alarm: Alarm }) {
  useEffect(() => {
    if (!alarm.blocked) return undefined;
    const allow = () => alarm.set(true);
    addEventListener("pointerdown", allow, { once: true });
    return () => removeEventListener("pointerdown", allow);
  }, [alarm.blocked]);
  return (
    <span class="choices">
      {alarm.blocked && <span class="hint">{words.soundBlocked}</span>}
      <button aria-pressed={alarm.on} onClick={() => alarm.set(!alarm.on)}>
        {alarm.on ? words.soundOn : words.soundOff}
      </button>
    </span>
  );
}

function Tile({ label, value, kind = "", hint = "" }: { label: string; value: string; kind?: string; hint?: string }) {
  return (
    <div class={`tile ${kind}`}>
      <span class="label">{label}</span>
      <span class="value">{value}</span>
      {hint && <span class="hint">{hint}</span>}
    </div>
  );
}

function Waiting({ waiting }: { waiting: (LiveCaller & { queue: string })[] }) {
  return (
    <div class="card">
      <h2>{t.waiting}</h2>
      {waiting.length === 0 ? (
        <p class="empty">{t.nobodyWaits}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{t.queue}</th>
              <th>{t.caller}</th>
              <th class="num">{t.waitsSince}</th>
              <th>{t.state}</th>
            </tr>
          </thead>
          <tbody>
            {waiting.map((c) => (
              <tr key={c.call}>
                <td>{c.queue}</td>
                <td>
                  <a href={addressOf("caller", c.call)}>{c.name ? `${c.name} · ${c.number}` : c.number || t.unknownCaller}</a>{" "}
                  {c.vip && <span class="chip vip">{t.vip}</span>}
                  {c.next && <span class="chip">{own.next}</span>}
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
export function doing(c: LiveCaller): string {
  if (c.state === "dialing") return t.dialledFor(c.agent ?? "");
  return c.agent && c.state !== "waiting" ? t.rings(c.agent) : "";
}

/** standing is what matters of an agent: what she does, and if nothing, whether she could. */
export function standing(a: LiveAgent): string {
  if (a.gone) return "gone";
  if (a.hold) return "hold";
  if (a.state !== "idle") return a.state;
  if (a.presence !== "available") return "away";
  return a.media ? "idle" : "no_phone";
}

/** standingWords is that in words, with the reason of one who is away. */
export function standingWords(a: LiveAgent, breaks: BreakNames): string {
  const stand = standing(a);
  const reason = stand === "away" && a.reason ? breakName(a.reason, breaks) : "";
  return t.states[stand] + (reason ? `: ${reason}` : "");
}

function Agents({ agents, stands, breaks }: { agents: LiveAgent[]; stands: string[]; breaks: BreakNames }) {
  return (
    <div class="card">
      <h2>{t.agents}</h2>
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
            {agents.map((a, i) => (
              <tr key={a.agent}>
                <td>
                  <a href={addressOf("agent", a.agent)}>{a.name || a.agent}</a>
                  {a.skills && <span class="hint skills">{a.skills.map((s) => `${s.name} ${s.level}`).join(", ")}</span>}
                </td>
                <td>
                  <span class={`chip ${stands[i]}`}>{standingWords(a, breaks)}</span>
                  {a.help && (
                    <span class="chip help" role="status">
                      {t.asksForHelp(since(a.help))}
                    </span>
                  )}
                  {a.asks && <span class="chip">{own.asks(a.asks)}</span>}
                  {a.asked_by && <span class="chip">{own.askedBy(a.asked_by)}</span>}
                  {a.set_by && <span class="hint"> {own.setBy(a.set_by)}</span>}
                  {a.leaving && <span class="hint"> {own.leaving}</span>}
                  <ListenButton agent={a} onOpen={() => location.assign(addressOf("listen", a.agent))} />
                </td>
                <td class="num">{since(a.gone ?? a.hold ?? a.since)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
