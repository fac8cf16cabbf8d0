// What was promised and what was done: callbacks, messages and complaints by age, and
// what the agents' time went into.
import { query, type AgentTime, type Answer } from "./api";
import { useAnswer } from "./ask";
import { Figure, Report } from "./figure";
import { asked, every, type View } from "./history";
import { count, type Which } from "./kinds";
import { Counted } from "./numbers";
import { Legend, length, Parts, Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { duration, percent } from "./time";

const own = ownTexts({
  en: {
    callbacks: "Callbacks promised, and kept",
    noCallbacks: "No callback was offered or booked in these days.",
    offered: "Offered",
    accepted: "Accepted",
    booked: "Booked",
    completed: "Talked",
    exhausted: "Not reached",
    expired: "Too late",
    cancelled: "Cancelled",
    failed: "Failed",
    superseded: "Called in themselves",
    reached: "A person took it",
    kept: "In the time promised",
    broken: "Later",
    share: "Kept",
    late: "Late by, half",
    nine: "nine in ten",
    most: "at most",
    callbacksHint:
      "Offered and accepted: by the caller's arrival. The rest: by when the callback was booked, also by agents and to answer messages. Kept: called within the time promised, of those of which it can be said.",
    messages: "Messages and complaints, by age",
    noMessages: "Nothing was left in these days.",
    kind: "Kind",
    kinds: { voice: "Message", complaint: "Complaint" } as Record<string, string>,
    left: "Left",
    inTime: "Done in time",
    doneLate: "Done late",
    overdue: "of them, overdue",
    quarter: "Within 15 minutes",
    done: "Done after, half",
    oldest: "Oldest open",
    time: "What agents' time went into",
    nobody: "Nobody was signed in in these days.",
    signedIn: "Signed in",
    talking: "Talking and holding",
    ringing: "Ringing",
    wrapUp: "After-call work",
    idle: "Free",
    away: "Away",
    breaks: "Away for",
    hold: "On hold",
    talks: "Talks",
    occupancy: "Occupied",
    timeHint: "Sorted by name: nobody is ranked by how long a talk takes. Occupied: talking, ringing and after-call work, of the time signed in and not away.",
  },
  es: {
    callbacks: "Devoluciones prometidas y cumplidas",
    noCallbacks: "En estos días no se ofreció ni reservó ninguna devolución.",
    offered: "Ofrecidas",
    accepted: "Aceptadas",
    booked: "Reservadas",
    completed: "Se habló",
    exhausted: "No localizadas",
    expired: "Demasiado tarde",
    cancelled: "Canceladas",
    failed: "Fallidas",
    superseded: "Llamaron ellos",
    reached: "Contestó una persona",
    kept: "En el tiempo prometido",
    broken: "Más tarde",
    share: "Cumplidas",
    late: "Retraso, la mitad",
    nine: "nueve de diez",
    most: "como mucho",
    callbacksHint:
      "Ofrecidas y aceptadas: por la llegada de la llamada. Lo demás: por cuándo se reservó, también por agentes y para contestar mensajes. Cumplidas: se llamó en el tiempo prometido, de aquellas de las que puede decirse.",
    messages: "Mensajes y quejas, por antigüedad",
    noMessages: "En estos días no se dejó nada.",
    kind: "Tipo",
    kinds: { voice: "Mensaje", complaint: "Queja" },
    left: "Dejados",
    inTime: "Hechos a tiempo",
    doneLate: "Hechos tarde",
    overdue: "de ellos, vencidos",
    quarter: "En 15 minutos",
    done: "Hechos tras, la mitad",
    oldest: "El abierto más antiguo",
    time: "En qué se fue el tiempo de los agentes",
    nobody: "En estos días nadie inició sesión.",
    signedIn: "Conectado",
    talking: "Conversación y retención",
    ringing: "Timbre",
    wrapUp: "Trabajo posterior",
    idle: "Libre",
    away: "Ausente",
    breaks: "Ausente por",
    hold: "En retención",
    talks: "Conversaciones",
    occupancy: "Ocupación",
    timeHint:
      "Por nombre: a nadie se le clasifica por lo que dura una conversación. Ocupación: conversación, timbre y trabajo posterior, del tiempo conectado y no ausente.",
  },
  ko: {
    callbacks: "약속한 콜백과 이행",
    noCallbacks: "이 기간에는 제안하거나 예약한 콜백이 없습니다.",
    offered: "제안",
    accepted: "수락",
    booked: "예약",
    completed: "통화함",
    exhausted: "연결 못 함",
    expired: "기한 지남",
    cancelled: "취소",
    failed: "실패",
    superseded: "고객이 다시 걸어옴",
    reached: "사람이 받음",
    kept: "약속한 시간 안",
    broken: "그 뒤",
    share: "이행",
    late: "지연, 절반",
    nine: "10건 중 9건",
    most: "최대",
    callbacksHint:
      "제안과 수락은 고객이 들어온 때를, 나머지는 콜백을 예약한 때를 기준으로 하며 상담원 예약과 메시지 답변도 포함합니다. 이행: 말할 수 있는 것 중 약속한 시간 안에 건 비율입니다.",
    messages: "메시지와 불만, 경과 시간별",
    noMessages: "이 기간에 남긴 것이 없습니다.",
    kind: "종류",
    kinds: { voice: "메시지", complaint: "불만" },
    left: "남김",
    inTime: "제때 처리",
    doneLate: "늦게 처리",
    overdue: "그중 기한 지남",
    quarter: "15분 안",
    done: "처리까지, 절반",
    oldest: "가장 오래된 미처리",
    time: "상담원의 시간",
    nobody: "이 기간에 로그인한 사람이 없습니다.",
    signedIn: "로그인",
    talking: "통화와 보류",
    ringing: "호출",
    wrapUp: "후처리",
    idle: "대기",
    away: "자리 비움",
    breaks: "자리 비움 사유",
    hold: "보류",
    talks: "통화",
    occupancy: "가동률",
    timeHint: "이름순이며, 통화 시간으로 순위를 매기지 않습니다. 가동률: 로그인해 자리를 비우지 않은 시간 중 통화, 호출, 후처리의 비율입니다.",
  },
  ja: {
    callbacks: "約束した折り返しと履行",
    noCallbacks: "この期間に案内または予約した折り返しはありません。",
    offered: "案内",
    accepted: "承諾",
    booked: "予約",
    completed: "話した",
    exhausted: "つながらず",
    expired: "期限切れ",
    cancelled: "取り消し",
    failed: "失敗",
    superseded: "お客様からかけ直し",
    reached: "人が出た",
    kept: "約束の時間内",
    broken: "その後",
    share: "履行",
    late: "遅れ、半数",
    nine: "10件中9件",
    most: "最大",
    callbacksHint:
      "案内と承諾はお客様が来た時、ほかは折り返しを予約した時で数え、担当者の予約とメッセージへの返答も含みます。履行：判断できるもののうち、約束の時間内にかけた割合です。",
    messages: "メッセージと苦情、経過時間別",
    noMessages: "この期間に残されたものはありません。",
    kind: "種類",
    kinds: { voice: "メッセージ", complaint: "苦情" },
    left: "件数",
    inTime: "期限内に完了",
    doneLate: "遅れて完了",
    overdue: "うち期限超過",
    quarter: "15分以内",
    done: "完了まで、半数",
    oldest: "最も古い未処理",
    time: "担当者の時間の内訳",
    nobody: "この期間にサインインした人はいません。",
    signedIn: "サインイン",
    talking: "通話と保留",
    ringing: "呼び出し",
    wrapUp: "後処理",
    idle: "待機",
    away: "離席",
    breaks: "離席の理由",
    hold: "保留",
    talks: "通話",
    occupancy: "稼働率",
    timeHint: "名前順です。通話の長さで順位はつけません。稼働率：サインインして離席していない時間のうち、通話、呼び出し、後処理の割合です。",
  },
});

count("asked", own.callbacks, { offered: own.offered, accepted: own.accepted });
count("callbacks", own.callbacks, {
  booked: own.booked,
  completed: own.completed,
  reached: own.reached,
  exhausted: own.exhausted,
  expired: own.expired,
  cancelled: own.cancelled,
  failed: own.failed,
  superseded: own.superseded,
  open: t.open,
  kept: own.kept,
  broken: own.broken,
});
count(
  "messages",
  own.messages,
  { left: own.left, in_time: own.inTime, late: own.doneLate, open: t.open, overdue: own.overdue, within_15m: own.quarter },
  (kind) => own.kinds[kind] ?? kind,
);
count("agents", own.time, { talks: own.talks });

/** of are the calls behind a number of a queue, or, where it names none, of the page's. */
const of = (v: View, kind: string, queue: string): Which => ({ kind, ...(queue || v.queue ? { queue: queue || v.queue } : {}) });

/** Kept is what was promised to callers who did not wait: callbacks, and answers to messages. */
export function Kept(v: View) {
  return (
    <section aria-label={own.callbacks}>
      <Callbacks {...v} />
      <Messages {...v} />
    </section>
  );
}

function Callbacks(v: View) {
  const path = `/api/v1/reports/callbacks?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/callbacks">>(path, every(v));
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  const rows = answer.rows.filter((r) => r.offered + r.booked > 0);
  if (rows.length === 0) return <p class="card empty">{own.noCallbacks}</p>;
  const counted = (r: { queue: string }, kind: string, n: number) => <Counted place={v.place} n={n} which={of(v, kind, r.queue)} />;
  return (
    <Report title={own.callbacks} path={path}>
      <div class="chart-parts">
        <Legend
          list={[
            ["answered", own.kept],
            ["gave-up", own.broken],
          ]}
        />
        <table class="close">
          <thead>
            <tr>
              <th>{t.queue}</th>
              <th class="num">{own.offered}</th>
              <th class="num">{own.accepted}</th>
              <th class="num">{own.booked}</th>
              <th class="num">{own.completed}</th>
              <th class="num">{own.reached}</th>
              <th class="num">{own.exhausted}</th>
              <th class="num">{own.expired}</th>
              <th class="num">{own.cancelled}</th>
              <th class="num">{own.failed}</th>
              <th class="num">{own.superseded}</th>
              <th class="num">{t.open}</th>
              <th class="num">{own.kept}</th>
              <th class="num">{own.broken}</th>
              <th class="num">{own.share}</th>
              <th>
                <span class="hidden">{own.share}</span>
              </th>
              <th class="num">{own.late}</th>
              <th class="num">{own.nine}</th>
              <th class="num">{own.most}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.queue} class={r.queue ? "" : "total"}>
                <th scope="row">{r.queue || t.allQueues}</th>
                <td class="num">{counted(r, "asked.offered", r.offered)}</td>
                <td class="num">{counted(r, "asked.accepted", r.accepted)}</td>
                <td class="num">{counted(r, "callbacks.booked", r.booked)}</td>
                <td class="num">{counted(r, "callbacks.completed", r.completed)}</td>
                <td class="num">{counted(r, "callbacks.reached", r.reached)}</td>
                <td class="num">{counted(r, "callbacks.exhausted", r.exhausted)}</td>
                <td class="num">{counted(r, "callbacks.expired", r.expired)}</td>
                <td class="num">{counted(r, "callbacks.cancelled", r.cancelled)}</td>
                <td class="num">{counted(r, "callbacks.failed", r.failed)}</td>
                <td class="num">{counted(r, "callbacks.superseded", r.superseded)}</td>
                <td class="num">{counted(r, "callbacks.open", r.open)}</td>
                <td class="num">{counted(r, "callbacks.kept", r.kept)}</td>
                <td class="num">{counted(r, "callbacks.broken", r.broken)}</td>
                <td class="num">{percent(r.kept_share)}</td>
                <td>
                  <Parts
                    list={[
                      { kind: "answered", word: own.kept, n: r.kept },
                      { kind: "gave-up", word: own.broken, n: r.broken },
                    ]}
                  />
                </td>
                <td class="num">{length(r.late_p50_s)}</td>
                <td class="num">{length(r.late_p90_s)}</td>
                <td class="num">{length(r.late_max_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">{own.callbacksHint}</p>
    </Report>
  );
}

function Messages(v: View) {
  const path = `/api/v1/reports/messages?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/messages">>(path, every(v));
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  if (answer.rows.length === 0) return <p class="card empty">{own.noMessages}</p>;
  const counted = (r: { queue: string; kind: string }, column: string, n: number) => (
    <Counted place={v.place} n={n} which={{ ...of(v, `messages.${column}`, r.queue), only: { about: r.kind } }} />
  );
  return (
    <Report title={own.messages} path={path}>
      <div class="chart-parts">
        <Legend
          list={[
            ["answered", own.inTime],
            ["rest", t.open],
            ["gave-up", own.doneLate],
          ]}
        />
        <table>
          <thead>
            <tr>
              <th>{t.queue}</th>
              <th>{own.kind}</th>
              <th class="num">{own.left}</th>
              <th>
                <span class="hidden">{own.share}</span>
              </th>
              <th class="num">{own.inTime}</th>
              <th class="num">{own.doneLate}</th>
              <th class="num">{t.open}</th>
              <th class="num">{own.overdue}</th>
              <th class="num">{own.quarter}</th>
              <th class="num">{own.done}</th>
              <th class="num">{own.nine}</th>
              <th class="num">{own.oldest}</th>
            </tr>
          </thead>
          <tbody>
            {answer.rows.map((r) => (
              <tr key={`${r.queue} ${r.kind}`}>
                <th scope="row">{r.queue}</th>
                <td>{own.kinds[r.kind] ?? r.kind}</td>
                <td class="num">{counted(r, "left", r.left)}</td>
                <td>
                  <Parts
                    list={[
                      { kind: "answered", word: own.inTime, n: r.in_time },
                      { kind: "rest", word: t.open, n: r.open },
                      { kind: "gave-up", word: own.doneLate, n: r.late },
                    ]}
                  />
                </td>
                <td class="num">{counted(r, "in_time", r.in_time)}</td>
                <td class="num">{counted(r, "late", r.late)}</td>
                <td class="num">{counted(r, "open", r.open)}</td>
                <td class={`num ${r.overdue > 0 ? "bad" : ""}`}>{counted(r, "overdue", r.overdue)}</td>
                <td class="num">{counted(r, "within_15m", r.within_15m)}</td>
                <td class="num">{length(r.done_p50_s)}</td>
                <td class="num">{length(r.done_p90_s)}</td>
                <td class="num">{length(r.oldest_open_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Report>
  );
}

const states = [
  ["talking_s", own.talking, "talk"],
  ["wrap_up_s", own.wrapUp, "wrap"],
  ["ringing_s", own.ringing, "hold"],
  ["idle_s", own.idle, "free"],
  ["away_s", own.away, "rest"],
] as const;

/** Time is what the agents' time went into, agent by agent. */
export function Time(v: View) {
  const path = `/api/v1/reports/agents?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/agents">>(path, every(v));
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  if (answer.rows.length === 0) return <p class="card empty">{own.nobody}</p>;
  const table = (drawn: boolean) => (
    <table class="time">
      <thead>
        <tr>
          <th>{t.agent}</th>
          <th class="num">{own.signedIn}</th>
          {drawn ? (
            <th>
              <span class="hidden">{own.share}</span>
            </th>
          ) : (
            states.map(([name, word]) => (
              <th key={name} class="num">
                {word}
              </th>
            ))
          )}
          <th class="num">{own.talks}</th>
          <th class="num">{own.hold}</th>
          <th class="num">{own.occupancy}</th>
          <th>{own.breaks}</th>
        </tr>
      </thead>
      <tbody>
        {answer.rows.map((r) => (
          <Agent key={r.agent} v={v} r={r} drawn={drawn} />
        ))}
      </tbody>
    </table>
  );
  return (
    <Figure
      id="time"
      title={own.time}
      place={v.place}
      files={path}
      hint={own.timeHint}
      chart={
        <Wide title="time-title" kind="">
          <Legend list={states.map(([, word, kind]) => [kind, word])} />
          {table(true)}
        </Wide>
      }
      table={table(false)}
    />
  );
}

function Agent({ v, r, drawn }: { v: View; r: AgentTime; drawn: boolean }) {
  const breaks = Object.entries(r.breaks)
    .filter(([, s]) => s >= 1)
    .sort(([, a], [, b]) => b - a);
  return (
    <tr>
      <th scope="row">{r.agent}</th>
      <td class="num">{length(r.signed_in_s)}</td>
      {drawn ? (
        <td class="wide">
          <Parts list={states.map(([name, word, kind]) => ({ kind, word, n: r[name] }))} />
        </td>
      ) : (
        states.map(([name]) => (
          <td key={name} class="num">
            {length(r[name])}
          </td>
        ))
      )}
      <td class="num">
        <Counted place={v.place} n={r.talks} which={{ ...of(v, "agents.talks", ""), only: { agent: r.agent } }} />
      </td>
      <td class="num">{length(r.hold_s)}</td>
      <td class="num">{percent(r.occupancy)}</td>
      <td class="hint">{breaks.map(([reason, s]) => `${t.reasons[reason] ?? t.shortReasons[reason] ?? reason} ${duration(s * 1000)}`).join(", ")}</td>
    </tr>
  );
}
