// The single calls: the list behind a number, and what happened to each.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { query, type Answer, type Call, type TalkQuality } from "./api";
import { useAnswer } from "./ask";
import { Downloads } from "./figure";
import { offsets, Replay } from "./heard";
import { every, type View } from "./history";
import { callsPath, closed, titleOf, which, type Which } from "./kinds";
import { go, leave, type Place } from "./place";
import { last } from "./span";
import { ownTexts, sound, t } from "./texts";
import { clockSeconds, dayName, dayOf, duration, percent } from "./time";
import { Detail, kindName } from "./trace";

const own = ownTexts({
  en: {
    list: "Back to the list",
    page: (n: number, of?: number) => (of ? `Page ${n} of ${of}` : `Page ${n}`),
    previous: "Previous",
    next: "Next",
    pages: "Pages",
    shown: (from: number, to: number) => `${from} to ${to}, the newest first; a file has all`,
  },
  es: {
    list: "Volver a la lista",
    page: (n, of) => (of ? `Página ${n} de ${of}` : `Página ${n}`),
    previous: "Anterior",
    next: "Siguiente",
    pages: "Páginas",
    shown: (from, to) => `De ${from} a ${to}, primero las más recientes; un archivo las tiene todas`,
  },
  ko: {
    list: "목록으로",
    page: (n, of) => (of ? `${of}쪽 중 ${n}쪽` : `${n}쪽`),
    previous: "이전",
    next: "다음",
    pages: "쪽",
    shown: (from, to) => `최신순 ${from}~${to}번째, 파일에는 모두 있음`,
  },
  ja: {
    list: "一覧に戻る",
    page: (n, of) => (of ? `${of}ページ中${n}ページ` : `${n}ページ`),
    previous: "前へ",
    next: "次へ",
    pages: "ページ",
    shown: (from, to) => `新しい順に${from}～${to}件目、ファイルにはすべて`,
  },
});

const onPage = 25;

/** CallPanel is what the address opens over the page: the calls behind a number, or the story of one. */
export function CallPanel({ view }: { view: View }) {
  const { place } = view;
  const w = which(place);
  const call = place.get("call");
  const seen = useRef(""); // the story that was open last
  if (call) seen.current = call;
  if (!w && !call) return null;
  const back = place.href(call ? { call: undefined } : closed);
  return (
    <Panel
      key={call ? "story" : "list"}
      title={call || !w ? t.timeline : titleOf(w, view.span, last(view.span))}
      back={call && w !== null ? back : ""}
      onLeave={() => leave(back)}
      close={place.href(closed)}
    >
      {call ? <Story call={call} mark={undefined} href={(c) => place.href({ call: c })} /> : w && <List view={view} w={w} seen={seen.current} />}
    </Panel>
  );
}

interface PanelProps {
  title: string;
  back: string; // the list behind it; "": there is none
  close: string;
  onLeave: () => void; // the Esc key
  children: ComponentChildren;
}

/** Panel lies over the page until it is left. */
export function Panel({ title, back, close, onLeave, children }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="panel-over"
      aria-labelledby="panel-title"
      onCancel={(e) => {
        e.preventDefault();
        onLeave();
      }}
    >
      <div class="title-row">
        <h2 id="panel-title">{title}</h2>
        {back && (
          // A button would be pressed by the rest of the Enter that has opened this, where the page is slow.
          <a
            class="button small"
            href={back}
            onClick={(e) => {
              e.preventDefault();
              onLeave();
            }}
          >
            ← {own.list}
          </a>
        )}
        <a class="button small" href={close}>
          {t.close}
        </a>
      </div>
      {children}
    </dialog>
  );
}

function List({ view, w, seen }: { view: View; w: Which; seen: string }) {
  const { place } = view;
  const path = callsPath(w, view.span);
  const page = Math.max(1, Number.parseInt(place.get("page"), 10) || 1);
  const first = (page - 1) * onPage;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/calls">>(`${path}&${query({ limit: String(onPage), offset: String(first) })}`, every(view));
  const table = useRef<HTMLTableElement>(null);
  useEffect(() => table.current?.querySelector<HTMLElement>(`a[data-call="${CSS.escape(seen)}"]`)?.focus(), [answer !== null]);
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  const { calls, truncated } = answer;
  if (calls.length === 0 && page === 1) return <p class="empty">{t.noCalls}</p>;
  return (
    <>
      <div class="title-row">
        <span class="count" role="status">
          {calls.length > 0 && own.shown(first + 1, first + calls.length)}
        </span>
        <Downloads path={path} />
      </div>
      <div class="scroll">
        <table class="calls" ref={table}>
          <thead>
            <tr>
              <th>{t.at}</th>
              <th>{t.caller}</th>
              <th>{t.queue}</th>
              <th>{t.cameBy}</th>
              <th>{t.outcome}</th>
              <th class="num">{t.waited}</th>
              <th>{t.agent}</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((c, i) => (
              <Row key={`${c.call} ${c.at} ${i}`} c={c} place={place} days={view.span.days} />
            ))}
          </tbody>
        </table>
      </div>
      <Pages place={place} page={page} more={truncated} />
    </>
  );
}

function Row({ c, place, days }: { c: Call; place: Place; days: number }) {
  return (
    <tr>
      <td>
        <a href={place.href({ call: c.call })} data-call={c.call}>
          {days > 1 && `${dayName(dayOf(Date.parse(c.at)))} `}
          {clockSeconds(c.at)}
        </a>
      </td>
      <td>{c.name ? `${c.name} · ${c.number}` : c.number || t.unknownCaller}</td>
      <td>{c.queue ?? ""}</td>
      <td>{c.path ?? ""}</td>
      <td class={c.outcome.startsWith("abandoned") ? "bad" : ""}>{t.outcomes[c.outcome] ?? t.words[c.outcome] ?? c.outcome}</td>
      <td class="num">{c.queue ? duration(c.queue_s * 1000) : ""}</td>
      <td>{c.agent ?? ""}</td>
    </tr>
  );
}

interface PagesProps {
  place: Place;
  page: number;
  pages?: number; // how many there are; none: nobody has counted them
  more?: boolean; // there is one after this
  name?: string; // of the page in the address
}

/** Pages lead through a list. */
export function Pages({ place, page, pages, more = pages !== undefined && page < pages, name = "page" }: PagesProps) {
  if (page === 1 && !more) return null;
  const to = (n: number) => place.href({ [name]: n > 1 ? String(n) : undefined });
  return (
    <nav class="pages" aria-label={own.pages}>
      {page > 1 ? <a class="button small" href={to(page - 1)} rel="prev">{`← ${own.previous}`}</a> : <span />}
      <span role="status">{own.page(page, pages)}</span>
      {more ? <a class="button small" href={to(page + 1)} rel="next">{`${own.next} →`}</a> : <span />}
    </nav>
  );
}

/** Timeline is the story of a call in a dialog of its own, on a page that does not have it in its address. */
export function Timeline({ call: first, mark, onClose }: { call: string; mark: number | undefined; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="timeline-title">
      <div class="title-row">
        <h2 id="timeline-title">{t.timeline}</h2>
        <button onClick={() => dialog.current?.close()}>{t.close}</button>
      </div>
      <Story call={first} mark={mark} />
    </dialog>
  );
}

const often = 5000; // ms
const seldom = 600_000;

interface StoryProps {
  call: string;
  mark: number | undefined; // changes when there is more to know
  href?: (call: string) => string; // where the story of another call is; none: it is shown in place of this one
}

/** Story is what happened to a call, fact by fact. It follows the call while it goes on. */
export function Story({ call: first, mark, href }: StoryProps) {
  const [other, setOther] = useState(""); // a callback leads to its call, and back
  const call = (!href && other) || first;
  const [over, setOver] = useState(false);
  const { answer, error, again } = useAnswer<Answer<"/api/v1/calls/{id}">>(`/api/v1/calls/${encodeURIComponent(call)}`, over ? seldom : often);
  const list = answer?.timeline ?? [];
  const talks = answer?.quality ?? [];
  useEffect(() => void again(), [mark]);
  useEffect(() => setOver(list.some((h) => h.kind === "call.ended")), [answer]);
  const [heardAt, setHeardAt] = useState<number | null>(null); // of the replay, in seconds after the answer; null: there is none
  useEffect(() => setHeardAt(null), [call]);
  const passed = offsets(list).flatMap((o) => (heardAt !== null && o.at <= heardAt ? [o.fact] : []));
  const begin = list[0]?.at;
  return (
    <>
      {error && <p class="banner bad">{error}</p>}
      {list.some((h) => !h.call && h.kind === "call.started") && <Replay key={call} call={call} facts={list} onAt={setHeardAt} />}
      <ol class="timeline">
        {list.map((h) => (
          <li key={`${h.call} ${h.seq}`} class={passed.includes(h) ? (passed.at(-1) === h ? "passed now" : "passed") : ""}>
            <time dateTime={h.at}>{clockSeconds(h.at)}</time>
            <span class="after">+{begin ? duration(Date.parse(h.at) - Date.parse(begin)) : ""}</span>
            <strong>{kindName(h)}</strong>
            <span class="detail">
              <Detail h={h} onOpen={(c) => (href ? go(href(c)) : setOther(c))} />
            </span>
          </li>
        ))}
      </ol>
      {talks.length > 0 && <Heard talks={talks} />}
      <p class="hint">
        <code>{call}</code>
      </p>
    </>
  );
}

/** Heard is how each talk of the call was heard, in a line. */
function Heard({ talks }: { talks: TalkQuality[] }) {
  const ms = (value: number) => `${Math.round(value)} ms`;
  const of100 = (value: number) => percent(value / 100);
  return (
    <section class="heard" aria-labelledby="heard-title">
      <h3 id="heard-title">{sound.heard}</h3>
      {talks.map((q) => (
        <p key={`${q.agent} ${q.started}`}>
          <strong>{q.agent}</strong>{" "}
          <span class="detail">
            {[
              q.bad_s > 0 ? sound.badFor(duration(q.bad_s * 1000), duration(q.measured_s * 1000)) : sound.neverBad,
              sound.roundTrip(ms(q.rtt_p50_ms), ms(q.rtt_p95_ms)),
              sound.lostHere(of100(Math.max(q.loss_pct, q.concealed_pct))),
              sound.lostThere(of100(q.agent_loss_pct)),
            ].join(" · ")}
          </span>
        </p>
      ))}
    </section>
  );
}
