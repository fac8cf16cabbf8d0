// The wall: the queues in figures that are read at five metres. A screen has a sign-in of
// its own, by a token in the address, and works for days without anybody.
import { useEffect, useState } from "preact/hooks";
import { useAlarm } from "./alarm";
import { look, write, type QueueFigures, type Refusal, type Wall } from "./api";
import { useStream } from "./stream";
import { ownTexts } from "./texts";
import { clock, duration, now, useNow } from "./time";
import { briefLimit, gaveUpAll, limitWords, severity, standsOf, target, toldWords, words } from "./words";

const own = ownTexts({
  en: {
    title: "Wall",
    signIn: "This screen is not signed in.",
    how: "Add it on the page “Wall” of Press Zero, and open the address that is shown there.",
    wait: "One moment…",
    gaveUp: "gave up, 15 min",
    told: "told",
  },
  es: {
    title: "Pantalla",
    signIn: "Esta pantalla no está conectada.",
    how: "Añádala en la página «Pantalla» de Press Zero y abra la dirección que se muestra.",
    wait: "Un momento…",
    gaveUp: "colgaron, 15 min",
    told: "se anuncia",
  },
  ko: {
    title: "현황판",
    signIn: "이 화면은 로그인되어 있지 않습니다.",
    how: "Press Zero의 ‘현황판’ 페이지에서 화면을 추가하고, 거기에 나오는 주소를 여세요.",
    wait: "잠시만요…",
    gaveUp: "15분간 포기",
    told: "안내",
  },
  ja: {
    title: "掲示画面",
    signIn: "この画面はサインインしていません。",
    how: "Press Zeroの「掲示画面」ページで画面を追加し、表示されるアドレスを開いてください。",
    wait: "お待ちください…",
    gaveUp: "15分間の放棄",
    told: "案内",
  },
});

export const wallTitle = own.title;

/** signIn changes the token in the address, if there is one, for a cookie; false: the server says no. */
async function signIn(): Promise<boolean> {
  const token = location.hash.slice(1);
  try {
    if (token) {
      await write("PUT", "/api/v1/wall/session", { token });
      history.replaceState(null, "", location.pathname); // nobody reads it from the screen
    } else await look("/api/v1/wall");
    return true;
  } catch (e) {
    return (e as Refusal).status !== 401 && (e as Refusal).status !== 403;
  }
}

const again = 10_000; // ms

export function WallPage() {
  const [state, setState] = useState<"asking" | "in" | "out">("asking");
  const ask = () => void signIn().then((is) => setState(is ? "in" : "out"));
  useEffect(ask, []);
  useEffect(() => {
    addEventListener("hashchange", ask);
    const timer = state === "out" ? setInterval(ask, again) : 0;
    return () => {
      removeEventListener("hashchange", ask);
      clearInterval(timer);
    };
  }, [state]);
  if (state === "in") return <Screen onRefused={ask} />;
  return (
    <main class="wall out">
      <h1>{state === "asking" ? own.wait : own.signIn}</h1>
      {state === "out" && <p>{own.how}</p>}
    </main>
  );
}

function Screen({ onRefused }: { onRefused: () => void }) {
  useNow();
  useAwake();
  const { seen, stale } = useStream<Wall>("/api/v1/wall/events", "wall", onRefused);
  useFresh(!stale && seen !== null);
  const crossed = seen?.queues.flatMap((q) => q.limits) ?? [];
  const alarm = useAlarm(crossed);
  if (!seen) return <main class="wall out">{own.wait}</main>;
  return (
    <main class={`wall ${stale ? "stale" : ""}`}>
      <header>
        <h1>{seen.name || own.title}</h1>
        {stale && <p role="alert">{words.stale}</p>}
        <button aria-pressed={alarm.on} onClick={() => alarm.set(alarm.blocked || !alarm.on)} title={alarm.blocked ? words.soundBlocked : ""}>
          {alarm.on && !alarm.blocked ? words.soundOn : words.soundOff}
        </button>
        <time>{clock(now())}</time>
      </header>
      <p class="hidden" role="alert">
        {crossed.map((c) => `${c.queue}: ${limitWords(c)}.`).join(" ")}
      </p>
      <ul class={`screens of-${columns(seen.queues.length)}`}>
        {seen.queues.map((q) => (
          <li key={q.name}>
            <Tile q={q} />
          </li>
        ))}
      </ul>
    </main>
  );
}

/** columns is in how many columns so many queues are the largest, on a screen that is wider than high. */
export function columns(queues: number): number {
  return queues <= 1 ? 1 : queues <= 4 ? 2 : queues <= 9 ? 3 : 4;
}

function Tile({ q }: { q: QueueFigures }) {
  const hit = (limit: string) => (q.limits.some((c) => c.limit === limit) ? "hit" : "");
  const level = q.today?.service_level ?? null;
  const some = standsOf.filter((s) => q.agents[s] > 0);
  return (
    <section class={`queue ${severity(q)} ${q.open ? "" : "shut"}`} aria-label={q.name}>
      <h2>
        <span class="name">{q.name}</span>
        {!q.open && <span class="sign">{words.closed}</span>}
        {q.peak && <span class="sign">{words.peak}</span>}
      </h2>
      <dl>
        <div class={hit("waiting")}>
          <dd>{q.waiting}</dd>
          <dt>{words.waiting}</dt>
        </div>
        <div class={hit("longest_wait")}>
          <dd>{q.oldest ? duration(now() - Date.parse(q.oldest)) : "–"}</dd>
          <dt>{words.longest}</dt>
        </div>
        <div class={hit("service_level")}>
          <dd>
            {level === null ? "–" : Math.round(100 * level)}
            {level !== null && <small>%</small>}
          </dd>
          <dt>{q.today ? (q.today.open > 0 ? words.levelSoFar : words.level)(target(q.today.target_s)) : words.noReports}</dt>
        </div>
      </dl>
      <p class="crew">
        {some.length === 0
          ? words.nobodySigned
          : some.map((s) => (
              <span key={s} class={s}>
                <b>{q.agents[s]}</b> {words.stands[s]}
              </span>
            ))}
      </p>
      {q.limits.length > 0 ? (
        <p class="beyond">
          <span aria-hidden="true">▲ </span>
          {q.limits.map(briefLimit).join(" · ")}
        </p>
      ) : (
        <p class="rest">
          {own.told} {toldWords(q.told)} · {gaveUpAll(q)} {own.gaveUp}
        </p>
      )}
    </section>
  );
}

/** useAwake keeps the screen from going dark, where the browser can. */
function useAwake(): void {
  useEffect(() => {
    const hold = () => {
      if (document.visibilityState === "visible") void navigator.wakeLock?.request("screen").catch(() => {});
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => document.removeEventListener("visibilitychange", hold);
  }, []);
}

const aDay = 24 * 3_600_000; // ms
const quietHour = 4; // of the local day

/** useFresh loads the page anew once a day, at night and while the server is there, so that a screen shows the present version. */
function useFresh(connected: boolean): void {
  const [opened] = useState(() => Date.now());
  const due = connected && Date.now() - opened > aDay / 2 && new Date().getHours() === quietHour;
  useEffect(() => {
    if (due) location.reload();
  }, [due]);
}
