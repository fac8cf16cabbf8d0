// People, not calls: of those who gave up, who came back, who was called back, who is
// lost, what ringing back wins, and the list of the lost with a button for each.
import { useEffect, useRef, useState } from "preact/hooks";
import { query, send, type Answer, type AtStake, type LostCaller, type Trial } from "./api";
import { useAnswer } from "./ask";
import { Pages } from "./calls";
import { Downloads, Figure } from "./figure";
import { asked, every, type View } from "./history";
import { count } from "./kinds";
import { Counted } from "./numbers";
import { Legend, Parts, Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { duration, moment, percent, whole } from "./time";

const own = ownTexts({
  en: {
    title: "Who gave up, and what became of them",
    window: "Within",
    hours: (h: number) => (h % 24 === 0 ? (h === 24 ? "1 day" : `${h / 24} days`) : `${h} h`),
    people: "People who gave up",
    served: "Came back and were served",
    calledBack: "Were called back",
    lost: "Lost",
    tooNew: "Not long enough ago",
    of: "Of them",
    lostShare: "Share lost",
    hint: (withheld: number, all: number) =>
      `A person counts once, by the number. Served: talked with an agent in a later call within that time. Lost: neither that nor called back. Who withheld the number is left out: ${withheld} of ${all} calls that gave up.`,
    list: "The lost, newest first",
    none: "Nobody is lost.",
    sinceHours: "Of the last",
    waited: "Waited",
    told: "told at most",
    times: "Times",
    ring: "Call back",
    note: "A note for the agent",
    send: "Into the line",
    cancel: "Cancel",
    promised: "a callback is open",
    leftAlone: "left alone, as a control",
    done: (who: string) => `${who} stands in line to be called back.`,
    more: "There are more; choose a shorter time or one queue.",
    trial: "What ringing back wins",
    trialHint:
      "A random part of the lost is left alone, so that the page can tell what ringing back really wins: the share served of those who may be rung, less that of those left alone, with the interval in which the truth lies in 95 of 100 cases.",
    mayRing: "May be rung",
    alone: "Left alone",
    wins: "Difference",
    stake: "The money at stake",
    stakeHint: (prior: boolean) =>
      `People who gave up × share lost × chance to buy × value of a caller, both from the flow file. ${prior ? "Fewer than 200 have been observed: the share lost is still mostly the custom of the trade." : "The share lost is measured."}`,
    value: "Value",
    buy: "Chance to buy",
    share: "Share lost",
    low: "At least",
    mid: "Likely",
    high: "At most",
  },
  es: {
    title: "Quién desistió, y qué fue de ellos",
    window: "En",
    hours: (h) => (h % 24 === 0 ? (h === 24 ? "1 día" : `${h / 24} días`) : `${h} h`),
    people: "Personas que desistieron",
    served: "Volvieron y fueron atendidas",
    calledBack: "Se les llamó",
    lost: "Perdidas",
    tooNew: "Aún es pronto",
    of: "De ellas",
    lostShare: "Parte perdida",
    hint: (withheld, all) =>
      `Cada persona cuenta una vez, por su número. Atendida: habló con un agente en una llamada posterior en ese tiempo. Perdida: ni eso ni se le llamó. Quien ocultó el número no cuenta: ${withheld} de ${all} llamadas abandonadas.`,
    list: "Las perdidas, la más reciente primero",
    none: "No se ha perdido a nadie.",
    sinceHours: "De las últimas",
    waited: "Espera",
    told: "se dijo como mucho",
    times: "Veces",
    ring: "Devolver la llamada",
    note: "Una nota para el agente",
    send: "A la cola",
    cancel: "Cancelar",
    promised: "hay una devolución abierta",
    leftAlone: "se deja en paz, como control",
    done: (who) => `${who} está en la cola de devoluciones.`,
    more: "Hay más; elija un tiempo más corto o una cola.",
    trial: "Qué gana devolver la llamada",
    trialHint:
      "A una parte al azar no se le llama, para saber qué gana de verdad devolver la llamada: la parte atendida de quienes pueden ser llamados, menos la de quienes se dejan en paz, con el intervalo en que está la verdad en 95 de 100 casos.",
    mayRing: "Se les puede llamar",
    alone: "En paz",
    wins: "Diferencia",
    stake: "El dinero en juego",
    stakeHint: (prior) =>
      `Personas que desistieron × parte perdida × probabilidad de compra × valor de una llamada, ambos del archivo de flujo. ${prior ? "Se han observado menos de 200: la parte perdida es aún sobre todo la usual." : "La parte perdida está medida."}`,
    value: "Valor",
    buy: "Prob. de compra",
    share: "Parte perdida",
    low: "Al menos",
    mid: "Probable",
    high: "Como mucho",
  },
  ko: {
    title: "포기한 고객과 그 뒤",
    window: "기간",
    hours: (h) => (h % 24 === 0 ? `${h / 24}일` : `${h}시간`),
    people: "포기한 사람",
    served: "다시 걸어 상담함",
    calledBack: "콜백함",
    lost: "놓침",
    tooNew: "아직 이름",
    of: "구성",
    lostShare: "놓친 비율",
    hint: (withheld, all) =>
      `번호를 기준으로 한 사람을 한 번 셉니다. 상담함: 그 기간 안에 다시 걸어 상담원과 통화했습니다. 놓침: 그것도 콜백도 없었습니다. 번호를 숨긴 고객은 빠집니다: 포기한 전화 ${all}건 중 ${withheld}건.`,
    list: "놓친 고객, 최신순",
    none: "놓친 고객이 없습니다.",
    sinceHours: "최근",
    waited: "대기",
    told: "최대 안내",
    times: "횟수",
    ring: "콜백",
    note: "상담원에게 남길 메모",
    send: "대기열에 넣기",
    cancel: "취소",
    promised: "콜백이 예약됨",
    leftAlone: "대조군으로 그대로 둠",
    done: (who) => `${who} 고객이 콜백 대기열에 있습니다.`,
    more: "더 있습니다. 더 짧은 기간이나 대기열 하나를 고르세요.",
    trial: "콜백의 효과",
    trialHint:
      "무작위로 고른 일부는 그대로 두어 콜백의 실제 효과를 알아봅니다: 콜백할 수 있는 고객의 상담 비율에서 그대로 둔 고객의 비율을 뺀 값과, 100번 중 95번은 참값이 들어 있는 구간입니다.",
    mayRing: "콜백 가능",
    alone: "그대로 둠",
    wins: "차이",
    stake: "걸려 있는 금액",
    stakeHint: (prior) =>
      `포기한 사람 × 놓친 비율 × 구매 확률 × 고객의 가치(둘 다 흐름 파일). ${prior ? "관찰이 200건보다 적어 놓친 비율은 아직 대부분 업계 통례입니다." : "놓친 비율은 측정값입니다."}`,
    value: "가치",
    buy: "구매 확률",
    share: "놓친 비율",
    low: "최소",
    mid: "예상",
    high: "최대",
  },
  ja: {
    title: "あきらめた人のその後",
    window: "期間",
    hours: (h) => (h % 24 === 0 ? `${h / 24}日` : `${h}時間`),
    people: "あきらめた人",
    served: "かけ直して応対した",
    calledBack: "折り返した",
    lost: "失った",
    tooNew: "まだ早い",
    of: "内訳",
    lostShare: "失った割合",
    hint: (withheld, all) =>
      `番号で一人を一度数えます。応対した：その期間内の後の電話で担当者と話しました。失った：それも折り返しもありません。番号非通知の方は除きます：放棄${all}件中${withheld}件。`,
    list: "失ったお客様、新しい順",
    none: "失ったお客様はいません。",
    sinceHours: "直近",
    waited: "待ち時間",
    told: "案内の上限",
    times: "回数",
    ring: "折り返す",
    note: "担当者へのメモ",
    send: "列に入れる",
    cancel: "やめる",
    promised: "折り返しの予定あり",
    leftAlone: "対照としてそのまま",
    done: (who) => `${who}さんは折り返しの列に入りました。`,
    more: "ほかにもあります。期間を短くするか、列を一つ選んでください。",
    trial: "折り返しの効果",
    trialHint:
      "無作為に選んだ一部はそのままにして、折り返しの本当の効果を調べます：折り返せる人の応対率から、そのままにした人の応対率を引いた値と、100回中95回は真の値が入る区間です。",
    mayRing: "折り返せる",
    alone: "そのまま",
    wins: "差",
    stake: "かかっている金額",
    stakeHint: (prior) =>
      `あきらめた人 × 失った割合 × 購入の確率 × お客様の価値（どちらもフローファイル）。${prior ? "観察が200件より少なく、失った割合はまだ主に業界の通例です。" : "失った割合は実測です。"}`,
    value: "価値",
    buy: "購入の確率",
    share: "失った割合",
    low: "少なくとも",
    mid: "見込み",
    high: "多くとも",
  },
});

count("people", own.title, { people: own.people, served: own.served, called_back: own.calledBack, lost: own.lost, too_new: own.tooNew }, (hours) =>
  own.hours(Number(hours)),
);

export function Lost(v: View) {
  const path = `/api/v1/reports/people?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/people">>(path, every(v));
  return (
    <section aria-label={own.title}>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      {answer && <Became v={v} a={answer} path={path} />}
      <List {...v} />
      {answer && answer.trials.length > 0 && <Trials rows={answer.trials} />}
      {answer && answer.at_stake.length > 0 && <Stakes rows={answer.at_stake} />}
    </section>
  );
}

type People = Answer<"/api/v1/reports/people">;

function Became({ v, a, path }: { v: View; a: People; path: string }) {
  const rows = a.rows.filter((r) => r.queue === v.queue);
  const counted = (r: { hours: number }, column: string, n: number) => (
    <Counted place={v.place} n={n} which={{ kind: `people.${column}`, ...(v.queue ? { queue: v.queue } : {}), only: { about: String(r.hours) } }} />
  );
  const table = (drawn: boolean) => (
    <table>
      <thead>
        <tr>
          <th>{own.window}</th>
          <th class="num">{own.people}</th>
          {drawn && <th>{own.of}</th>}
          <th class="num">{own.served}</th>
          <th class="num">{own.calledBack}</th>
          <th class="num">{own.lost}</th>
          <th class="num">{own.lostShare}</th>
          <th class="num">{own.tooNew}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.hours}>
            <th scope="row">{own.hours(r.hours)}</th>
            <td class="num">{counted(r, "people", r.people)}</td>
            {drawn && (
              <td class="wide">
                <Parts
                  list={[
                    { kind: "answered", word: own.served, n: r.served },
                    { kind: "rest", word: own.calledBack, n: r.called_back },
                    { kind: "gave-up", word: own.lost, n: r.lost },
                  ]}
                />
              </td>
            )}
            <td class="num">{counted(r, "served", r.served)}</td>
            <td class="num">{counted(r, "called_back", r.called_back)}</td>
            <td class={`num ${r.lost > 0 ? "bad" : ""}`}>{counted(r, "lost", r.lost)}</td>
            <td class="num">{percent(r.lost_share)}</td>
            <td class="num">{counted(r, "too_new", r.too_new)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <Figure
      id="people"
      title={own.title}
      place={v.place}
      files={path}
      hint={own.hint(a.withheld.withheld, a.withheld.abandoned)}
      chart={
        <Wide title="people-title" kind="chart-parts">
          <Legend
            list={[
              ["answered", own.served],
              ["rest", own.calledBack],
              ["gave-up", own.lost],
            ]}
          />
          {table(true)}
        </Wide>
      }
      table={table(false)}
    />
  );
}

const choices = [24, 72, 168]; // hours
const onPage = 25;

function List(v: View) {
  const hours = choices.find((h) => String(h) === v.place.get("hours")) ?? 72;
  const path = `/api/v1/people/lost?${query({ queue: v.queue, hours: String(hours) })}`;
  const { answer, error, again } = useAnswer<Answer<"/api/v1/people/lost">>(path);
  const [said, say] = useState({ text: "", bad: false });
  const rows = answer?.rows ?? [];
  const pages = Math.max(1, Math.ceil(rows.length / onPage));
  const page = Math.min(pages, Math.max(1, Number(v.place.get("lost")) || 1));
  return (
    <div class="card drawn-from" id="lost">
      <div class="title-row">
        <h2 id="lost-title">
          {own.list} <span class="count">{answer ? rows.length : ""}</span>
        </h2>
        <span class="presets" role="group" aria-label={own.sinceHours}>
          {own.sinceHours}
          {choices.map((h) => (
            <a key={h} class="button small" href={v.place.href({ hours: String(h), lost: undefined })} aria-current={h === hours ? "true" : undefined}>
              {own.hours(h)}
            </a>
          ))}
        </span>
        <Downloads path={path} />
      </div>
      <p class={said.bad ? "banner bad" : "hint"} role="status">
        {said.text || error}
      </p>
      {answer && rows.length === 0 && <p class="empty">{own.none}</p>}
      {rows.length > 0 && (
        <Wide title="lost-title" kind="">
          <table class="lost">
            <thead>
              <tr>
                <th>{t.at}</th>
                <th>{t.caller}</th>
                <th>{t.queue}</th>
                <th class="num">{own.waited}</th>
                <th class="num">{own.times}</th>
                <th>
                  <span class="hidden">{own.ring}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice((page - 1) * onPage, page * onPage).map((r) => (
                <LostLine key={r.key} v={v} r={r} onSaid={say} again={again} />
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      <Pages place={v.place} page={page} pages={pages} name="lost" />
      {answer?.more && <p class="hint">{own.more}</p>}
    </div>
  );
}

interface LineProps {
  v: View;
  r: LostCaller;
  onSaid: (said: { text: string; bad: boolean }) => void;
  again: () => Promise<void>;
}

function LostLine({ v, r, onSaid, again }: LineProps) {
  const [note, setNote] = useState<string | null>(null); // null: not asked for
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [note === null]);
  const who = r.name ? `${r.name} · ${r.number}` : r.number;
  async function ring(e: Event) {
    e.preventDefault();
    setBusy(true);
    try {
      await send("POST", `/api/v1/people/lost/${encodeURIComponent(r.key)}/callback`, { note: note ?? "", queue: r.queue });
      onSaid({ text: own.done(who), bad: false });
      setNote(null);
    } catch (e) {
      onSaid({ text: (e as Error).message, bad: true });
    }
    setBusy(false);
    await again();
  }
  return (
    <tr>
      <td>
        <a href={v.place.href({ call: r.call })}>{moment(r.at)}</a>
      </td>
      <td>
        {who} {r.vip && <span class="chip vip">{t.vip}</span>}
      </td>
      <td>{r.queue}</td>
      <td class="num">
        {duration(r.wait_s * 1000)}
        {r.told_high_s ? <span class="hint"> · {`${own.told} ${duration(r.told_high_s * 1000)}`}</span> : ""}
      </td>
      <td class="num">{r.times}</td>
      <td>
        {r.callback || r.left_alone ? (
          <span class="chip">{r.callback ? own.promised : own.leftAlone}</span>
        ) : note === null ? (
          <button class="small" onClick={() => setNote("")} aria-label={`${own.ring}: ${who}`}>
            {own.ring}
          </button>
        ) : (
          <form class="choices" onSubmit={(e) => void ring(e)}>
            <input aria-label={own.note} placeholder={own.note} value={note} maxLength={500} onInput={(e) => setNote(e.currentTarget.value)} ref={field} />
            <button class="small primary" disabled={busy}>
              {own.send}
            </button>
            <button class="small" type="button" onClick={() => setNote(null)}>
              {own.cancel}
            </button>
          </form>
        )}
      </td>
    </tr>
  );
}

function Trials({ rows }: { rows: Trial[] }) {
  const share = (part: number, of: number) => `${part} / ${of} (${percent(of > 0 ? part / of : null)})`;
  return (
    <Wide title="trial-title" kind="card drawn-from">
      <h2 id="trial-title">{own.trial}</h2>
      <table>
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th class="num">{own.mayRing}</th>
            <th class="num">{own.alone}</th>
            <th class="num">{own.wins}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.queue}>
              <th scope="row">{r.queue}</th>
              <td class="num">{share(r.callable_served, r.callable)}</td>
              <td class="num">{share(r.left_alone_served, r.left_alone)}</td>
              <td class="num">{r.difference === null ? "–" : `${percent(r.difference)} (${percent(r.low)} – ${percent(r.high)})`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{own.trialHint}</p>
    </Wide>
  );
}

function Stakes({ rows }: { rows: AtStake[] }) {
  const money = (n: number) => whole(n);
  return (
    <Wide title="stake-title" kind="card drawn-from">
      <h2 id="stake-title">{own.stake}</h2>
      <table>
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th class="num">{own.people}</th>
            <th class="num">{own.share}</th>
            <th class="num">{own.buy}</th>
            <th class="num">{own.value}</th>
            <th class="num">{own.low}</th>
            <th class="num">{own.mid}</th>
            <th class="num">{own.high}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.queue}>
              <th scope="row">{r.queue}</th>
              <td class="num">{r.people}</td>
              <td class="num">
                {percent(r.share_mid)} ({percent(r.share_low)} – {percent(r.share_high)})
              </td>
              <td class="num">{percent(r.buy)}</td>
              <td class="num">{money(r.value)}</td>
              <td class="num">{money(r.low)}</td>
              <td class="num">
                <strong>{money(r.mid)}</strong>
              </td>
              <td class="num">{money(r.high)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{own.stakeHint(rows.some((r) => r.prior))}</p>
    </Wide>
  );
}
