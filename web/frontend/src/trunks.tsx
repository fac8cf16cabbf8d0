// The carriers and telephone systems: how each one is, which numbers nobody
// has thought of, and a call to try them.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { send, type Me, type TestCall, type Trunk, type TrunkPage, type Unnamed } from "./api";
import { useAnswer } from "./ask";
import { Header } from "./frame";
import { t } from "./texts";
import { momentToTheSecond, now, setClock, tenth, useNow } from "./time";

const every = 3000;

export function TrunksPage({ me }: { me: Me }) {
  const { answer: page, error, missing, again } = useAnswer<TrunkPage>("/api/v1/trunks", every);
  useEffect(() => {
    if (page) setClock(page.now);
  }, [page]);
  const admin = me.role === "admin";
  const some = page !== null && page.trunks.length > 0;
  return (
    <>
      <Header me={me} />
      <main class="floor trunks">
        {page?.trouble && (
          <p class="banner bad long" role="alert">
            <strong>{t.trunksNotInForce}</strong> {page.trouble}
          </p>
        )}
        {error && (
          <p class="banner bad" role="alert">
            {missing ? t.notHere : `${error}${page ? ` ${t.stale}` : ""}`}
          </p>
        )}
        <section aria-labelledby="trunks-title">
          <div class="title-row">
            <h1 id="trunks-title">{t.trunks}</h1>
            {page && <File page={page} admin={admin} again={again} />}
          </div>
          {admin && some && <TestCallForm />}
          {page && (some ? <Totals trunks={page.trunks} /> : <p class="card empty large">{page.trouble ? t.noTrunksNow : t.noTrunks}</p>)}
          {page?.trunks.map((trunk) => (
            <Card key={trunk.name} trunk={trunk} />
          ))}
        </section>
        {page && (some || page.unnamed.length > 0) && <UnnamedNumbers list={page.unnamed} admin={admin} />}
      </main>
    </>
  );
}

/** File says where the trunks are written down, and has it read again. */
function File({ page, admin, again }: { page: TrunkPage; admin: boolean; again: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  async function reload() {
    if (busy) return;
    setBusy(true);
    setSaid(null);
    try {
      await send("POST", "/api/v1/trunks/reload");
      setSaid({ text: t.trunksRead, bad: false });
    } catch (e) {
      setSaid({ text: (e as Error).message, bad: true });
    }
    await again();
    setBusy(false);
  }
  if (page.file === "" && page.trouble === "") return page.trunks.length > 0 ? <span class="hint">{t.trunksBySetting}</span> : null;
  return (
    <>
      {said && !said.bad && <span role="status">✓ {said.text}</span>}
      <code class="hint">{page.file}</code>
      {admin && (
        <button aria-disabled={busy} onClick={() => void reload()}>
          {t.trunksReload}
        </button>
      )}
      {said?.bad && (
        <p class="banner bad long whole" role="alert">
          {said.text === page.trouble ? t.trunksReadInVain : said.text}
        </p>
      )}
    </>
  );
}

function TestCallForm() {
  const [since, setSince] = useState(0); // when the call under way began; 0: there is none
  const [refused, setRefused] = useState("");
  const [call, setCall] = useState<TestCall | null>(null);
  async function dial(number: string) {
    if (since > 0) return;
    setSince(Date.now());
    setRefused("");
    setCall(null);
    try {
      setCall(await send<TestCall>("POST", "/api/v1/trunks/test", { number }));
    } catch (e) {
      setRefused((e as Error).message);
    }
    setSince(0);
  }
  return (
    <form
      class="card test-call"
      onSubmit={(e) => {
        e.preventDefault();
        void dial(String(new FormData(e.currentTarget).get("number") ?? "").trim());
      }}
    >
      <label for="test-number">{t.testCall}</label>
      <input id="test-number" name="number" type="tel" required maxLength={40} autoComplete="off" placeholder="+34 911 23 45 67" aria-describedby="test-hint" />
      <button class="primary" type="submit" aria-disabled={since > 0}>
        {t.testCallDo}
      </button>
      <div class="said" role="status">
        {since > 0 ? (
          <Calling since={since} />
        ) : refused ? (
          <p class="bad">✗ {refused}</p>
        ) : call ? (
          <Result call={call} />
        ) : (
          <p class="hint" id="test-hint">
            {t.testCallHint}
          </p>
        )}
      </div>
    </form>
  );
}

function Calling({ since }: { since: number }) {
  useNow();
  return (
    <p>
      {t.testCalling}{" "}
      <span class="ticking" aria-hidden="true">
        {Math.floor((Date.now() - since) / 1000)} s
      </span>
    </p>
  );
}

function Result({ call }: { call: TestCall }) {
  const facts = [
    call.trunk && t.testOver(call.trunk),
    call.shown && t.testShown(call.shown),
    call.sip > 0 && `SIP ${call.sip}`,
    `${tenth(call.seconds)} s`,
  ].filter(Boolean);
  return (
    <>
      <p>
        <strong class={kindOf(call.how)}>
          {call.how === "answered" ? "✓" : "✗"} {t.answerClasses[call.how] ?? call.how}
        </strong>{" "}
        {call.text}
      </p>
      <p class="hint">{facts.join(" · ")}</p>
    </>
  );
}

/** Totals are what one sees from afar. */
function Totals({ trunks }: { trunks: Trunk[] }) {
  const count = (state: Trunk["state"]) => trunks.filter((x) => x.state === state).length;
  const up = trunks.reduce((n, x) => n + x.up, 0);
  const answers = trunks.reduce((n, x) => n + total(x), 0);
  const answered = trunks.reduce((n, x) => n + (x.answers.answered ?? 0), 0);
  const bad = trunks.filter((x) => x.state === "bad");
  return (
    <div class="tiles">
      <Tile label={t.trunkStates.good} value={String(count("good"))} kind={bad.length === 0 && count("good") > 0 ? "good" : ""} />
      <Tile label={t.trunkStates.bad} value={String(bad.length)} kind={bad.length > 0 ? "alarm" : ""}>
        {bad.map((x) => (
          <a key={x.name} href={`#${encodeURIComponent(idOf(x))}`}>
            {x.name}
          </a>
        ))}
      </Tile>
      <Tile label={t.trunkStates.unknown} value={String(count("unknown"))} />
      <Tile label={t.callsNow} value={String(up)} />
      <Tile label={t.answeredLately} value={answers > 0 ? t.ofMost(answered, answers) : "–"} />
    </div>
  );
}

function Tile({ label, value, kind = "", children }: { label: string; value: string; kind?: string; children?: ComponentChildren }) {
  return (
    <div class={`tile ${kind}`}>
      <span class="label">{label}</span>
      <span class="of">
        <span class="value">{value}</span> {children}
      </span>
    </div>
  );
}

const idOf = (k: Trunk) => `trunk-${k.name}`;

const signs: Record<Trunk["state"], [string, string]> = { good: ["ok", "✓"], bad: ["bad", "!"], unknown: ["", "?"] };

function Card({ trunk: k }: { trunk: Trunk }) {
  const [kind, sign] = signs[k.state] ?? ["", "?"];
  const id = idOf(k);
  const signIn = t.signIns[k.sign_in] ?? k.sign_in;
  return (
    <article class={`card trunk ${k.state}`} aria-labelledby={id}>
      <div class="head">
        <span class="state">
          <span class={`mark ${kind}`} aria-hidden="true">
            {sign}
          </span>{" "}
          {t.trunkStates[k.state] ?? k.state}
        </span>
        <h3 id={id}>{k.name}</h3>
        <span class="hint">{[k.server || t.comesInOnly, signIn, k.transport.toUpperCase(), t.medias[k.media] ?? k.media].filter(Boolean).join(" · ")}</span>
        {k.skipped && <span class="chip skipped">{t.passedOverNow}</span>}
      </div>
      {k.trouble.length > 0 && (
        <ul class="troubles">
          {k.trouble.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <div class="body">
        <dl class="facts">
          <div class="fact">
            <dt>{t.registration}</dt>
            <dd>{k.registration === "" ? <span class="none">{t.noRegistration}</span> : <Registration text={k.registration} />}</dd>
          </div>
          <div class="fact">
            <dt>{t.reach}</dt>
            <dd>
              <Reach trunk={k} />
            </dd>
          </div>
          <div class="fact">
            <dt>{t.callsNow}</dt>
            <dd>
              <Load trunk={k} />
            </dd>
          </div>
          <div class="fact">
            <dt>{t.lastIn}</dt>
            <dd>
              <Ago at={k.last_in} />
            </dd>
          </div>
          <div class="fact">
            <dt>{t.lastOut}</dt>
            <dd>{k.server === "" ? <span class="none">–</span> : <Ago at={k.last_out} />}</dd>
          </div>
          <div class="fact numbers">
            <dt>{t.ourNumbers}</dt>
            <dd>
              <Numbers list={k.numbers} />
            </dd>
          </div>
        </dl>
        <Answers trunk={k} />
      </div>
    </article>
  );
}

function Registration({ text }: { text: string }) {
  const state = text.toLowerCase();
  return <span class={state === "registered" ? "" : "bad"}>{t.registrations[state] ?? text}</span>;
}

function Reach({ trunk: k }: { trunk: Trunk }) {
  if (k.reach === "") return <span class="none">{t.notAsked}</span>;
  if (k.reach !== "reachable") return <span class="bad">{t.unreachable}</span>;
  return (
    <>
      {t.reachable} <span class="soft">{k.round_trip_ms < 10 ? tenth(k.round_trip_ms) : Math.round(k.round_trip_ms)} ms</span>
    </>
  );
}

/** Load is how many calls are up, against what the contract allows. */
function Load({ trunk: k }: { trunk: Trunk }) {
  if (k.channels === 0) {
    return (
      <>
        {k.up} <span class="soft">{t.noLimit}</span>
      </>
    );
  }
  const share = Math.min(1, k.up / k.channels);
  return (
    <>
      {t.ofMost(k.up, k.channels)}
      <Bar share={share} kind={share >= 0.9 ? "full" : "load"} />
    </>
  );
}

/** Bar fills a share of its width. Beside it there is always a number. */
function Bar({ share, kind }: { share: number; kind: string }) {
  return (
    <svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="10" />
      <rect class={kind} width={(100 * share).toFixed(1)} height="10" />
    </svg>
  );
}

function Ago({ at }: { at: string | null }) {
  useNow();
  if (at === null) return <span class="none">{t.notSinceStart}</span>;
  return (
    <time dateTime={at} title={momentToTheSecond(at)}>
      {ago(at)}
    </time>
  );
}

/** ago tells in words how long ago a moment was, by the server's clock. */
export function ago(at: string): string {
  const s = Math.max(0, Math.floor((now() - Date.parse(at)) / 1000));
  if (s < 60) return t.agoSeconds(s);
  if (s < 3600) return t.agoMinutes(Math.floor(s / 60));
  if (s < 48 * 3600) return t.agoHours(Math.floor(s / 3600));
  return t.agoDays(Math.floor(s / 86_400));
}

const shownAtOnce = 4;

function Numbers({ list }: { list: string[] }) {
  if (list.length === 0) return <span class="none">–</span>;
  const rest = list.slice(shownAtOnce);
  return (
    <>
      {list.slice(0, shownAtOnce).map(oneNumber)}
      {rest.length > 0 && (
        <details>
          <summary>{t.andMore(rest.length)}</summary>
          {rest.map(oneNumber)}
        </details>
      )}
    </>
  );
}

/** oneNumber writes a range with room around its dash. */
function oneNumber(n: string) {
  return (
    <span key={n} class="number">
      {n.replace("-+", " – +")}
    </span>
  );
}

const classes = ["answered", "busy", "no_answer", "declined", "invalid", "trunk", "failed"];

/** kindOf is how an answer is coloured: what the person did is no trouble of the trunk. */
function kindOf(how: string): string {
  if (how === "answered") return "good";
  return how === "trunk" || how === "failed" ? "bad" : "";
}

function total(k: Trunk): number {
  return Object.values(k.answers).reduce((a, b) => a + b, 0);
}

/** Answers draws how our calls went. Every class has its place, so that nothing moves. */
function Answers({ trunk: k }: { trunk: Trunk }) {
  const all = total(k);
  if (k.server === "") return <p class="hint answers">{t.noneLeave}</p>;
  return (
    <table class="answers">
      <caption>{t.answersLately(all)}</caption>
      <tbody>
        {classes.map((c) => {
          const n = k.answers[c] ?? 0;
          return (
            <tr key={c} class={n === 0 ? "none" : ""}>
              <th scope="row">{t.answerClasses[c]}</th>
              <td>
                <Bar share={all > 0 ? n / all : 0} kind={kindOf(c) || "other"} />
              </td>
              <td class={`num ${n > 0 && kindOf(c) === "bad" ? "bad" : ""}`}>{n}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function UnnamedNumbers({ list, admin }: { list: Unnamed[]; admin: boolean }) {
  return (
    <section aria-labelledby="unnamed-title">
      <h2 id="unnamed-title">
        {t.unnamedNumbers} {list.length > 0 && <span class="count">{list.length}</span>}
      </h2>
      <div class="card scroll">
        {list.length === 0 ? (
          <p class="empty">{t.noUnnamed}</p>
        ) : (
          <>
            <table class="unnamed">
              <thead>
                <tr>
                  <th>{t.number}</th>
                  <th class="num">{t.calls}</th>
                  <th>{t.lastCall}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((u) => (
                  <tr key={u.number}>
                    <th scope="row">{u.number}</th>
                    <td class="num">{u.calls}</td>
                    <td>
                      <Ago at={u.last} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p class="hint">
              {t.unnamedHint} {admin && <a href="/flow">{t.flow}</a>}
            </p>
          </>
        )}
      </div>
    </section>
  );
}
