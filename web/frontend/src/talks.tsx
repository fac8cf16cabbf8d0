// What agents' time went into, and who handed callers over to whom. Sorted by
// name: nobody is ranked by how long a talk takes.
import { query, type Answer, type Handovers, type Talks } from "./api";
import { useAnswer } from "./ask";
import { Asked } from "./consults";
import { Downloads } from "./figure";
import { asked, every, type View } from "./history";
import { count, type Which } from "./kinds";
import { Counted } from "./numbers";
import { Legend, length, Parts, Wide } from "./parts";
import { locale, ownTexts, t } from "./texts";
import { whole } from "./time";

const own = ownTexts({
  en: {
    title: "Talks",
    talk: "Talk",
    hold: "Hold",
    wrap: "After-call work",
    handle: "Handling",
    mean: "on average",
    held: "Put on hold",
    longestHold: "Longest hold",
    heldTalks: (n: number) => (n === 1 ? "in one talk" : `in ${n} talks`),
    gaveUpOnHold: "Gave up on hold",
    leftOnHold: "Left on hold, by",
    caller: "the caller",
    us: "us",
    chose: "a key",
    handed: "Handed over",
    shares: "Of which",
    ownCalls: "own calls",
    goesOn: (n: number) => `and ${n} going on`,
    noTalks: "Nobody has talked in these days.",
    talksHint:
      "By the beginning of the talk; of talks that have ended. Handling = talk + hold + after-call work. Hold on average: of the talks with a hold only. The time in which the agent's page was away is in none of them. Left on hold: the talk ended during a hold, since the caller or the agent hung up, something of ours broke, or the caller chose a callback or the line by a key.",
    handovers: "Hand-overs",
    noHandovers: "Nobody was handed over in these days.",
    from: "From",
    to: "To",
    handedOver: "Handed over",
    answered: "Answered",
    byAnother: (n: number) => `${n} by another`,
    returned: "Back to who gave",
    gone: "Gave up",
    backInLine: "Not reached, back in line",
    rest: "Other",
    warm: "Asked first",
    meanWait: "Wait",
    longestWait: "Longest",
    back: "Back",
    handoversHint:
      "Answered: another agent, or the number outside, talked with the caller; “by another” than the colleague for whom the caller was meant. Gave up: after a talk, which is in no abandonment rate. Asked first: who took the caller had been asked before, during the talk. Wait: from the hand-over to the next talk, on average, without those who were asked first; longest: of all.",
  },
  es: {
    title: "Conversaciones",
    talk: "Conversación",
    hold: "Retención",
    wrap: "Trabajo posterior",
    handle: "Gestión",
    mean: "de media",
    held: "Retenidas",
    longestHold: "Retención más larga",
    heldTalks: (n) => (n === 1 ? "en una conversación" : `en ${n} conversaciones`),
    gaveUpOnHold: "Colgaron en retención",
    leftOnHold: "Terminadas en retención, por",
    caller: "quien llama",
    us: "nosotros",
    chose: "una tecla",
    handed: "Traspasadas",
    shares: "De ello",
    ownCalls: "llamadas propias",
    goesOn: (n) => `y ${n} en curso`,
    noTalks: "Nadie ha hablado en estos días.",
    talksHint:
      "Por el comienzo de la conversación; de las terminadas. Gestión = conversación + retención + trabajo posterior. Retención de media: solo de las conversaciones con retención. El tiempo en que la página del agente no estaba no figura en ninguno. Terminadas en retención: porque colgó quien llamaba o el agente, falló algo nuestro, o quien llamaba eligió con una tecla la devolución o la cola.",
    handovers: "Traspasos",
    noHandovers: "No hubo traspasos en estos días.",
    from: "De",
    to: "A",
    handedOver: "Traspasos",
    answered: "Atendidos",
    byAnother: (n) => `${n} por otra persona`,
    returned: "De vuelta a quien traspasó",
    gone: "Colgaron",
    backInLine: "No localizado, de vuelta a la cola",
    rest: "Otros",
    warm: "Con consulta previa",
    meanWait: "Espera",
    longestWait: "Máxima",
    back: "De vuelta",
    handoversHint:
      "Atendidos: otro agente, o el número exterior, habló con quien llamaba; «por otra persona» que el compañero a quien iba dirigida. Colgaron: tras una conversación, lo que no está en ninguna tasa de abandono. Con consulta previa: a quien recibió la llamada se le había consultado antes, durante la conversación. Espera: del traspaso a la conversación siguiente, de media, sin los que llevaban consulta previa; máxima: de todas.",
  },
  ko: {
    title: "통화",
    talk: "통화",
    hold: "보류",
    wrap: "후처리",
    handle: "처리",
    mean: "평균",
    held: "보류한 통화",
    longestHold: "최장 보류",
    heldTalks: (n) => `통화 ${n}건`,
    gaveUpOnHold: "보류 중 포기",
    leftOnHold: "보류 중 종료",
    caller: "고객",
    us: "시스템",
    chose: "키 선택",
    handed: "인계",
    shares: "구성",
    ownCalls: "직접 건 전화",
    goesOn: (n) => `진행 중 ${n}건`,
    noTalks: "이 기간에는 통화가 없습니다.",
    talksHint:
      "통화가 시작된 때를 기준으로 하며, 끝난 통화만 셉니다. 처리 = 통화 + 보류 + 후처리. 보류 평균은 보류가 있었던 통화만의 평균입니다. 상담원의 페이지가 끊겨 있던 시간은 어디에도 들어가지 않습니다. 보류 중 종료: 고객이나 상담원이 끊었거나, 시스템에 장애가 있었거나, 고객이 키로 콜백나 대기열을 선택한 통화입니다.",
    handovers: "인계",
    noHandovers: "이 기간에는 인계가 없습니다.",
    from: "보낸 사람",
    to: "받는 곳",
    handedOver: "인계",
    answered: "응답",
    byAnother: (n) => `다른 사람 ${n}건`,
    returned: "보낸 사람에게 돌아옴",
    gone: "포기",
    backInLine: "연결 안 됨, 대기열로 복귀",
    rest: "기타",
    warm: "먼저 협의",
    meanWait: "대기",
    longestWait: "최장",
    back: "돌아옴",
    handoversHint:
      "응답: 다른 상담원이나 외부 번호가 고객과 통화했습니다. “다른 사람”은 지정된 동료가 아닌 상담원입니다. 포기: 통화 뒤의 포기이며 어떤 포기율에도 들어가지 않습니다. 먼저 협의: 통화 중에 미리 협의한 사람이 고객을 넘겨받았습니다. 대기: 인계부터 다음 통화까지의 평균이며 먼저 협의한 인계는 빼고 셉니다. 최장은 전체 중에서입니다.",
  },
  ja: {
    title: "通話",
    talk: "通話",
    hold: "保留",
    wrap: "後処理",
    handle: "処理",
    mean: "平均",
    held: "保留した通話",
    longestHold: "最長の保留",
    heldTalks: (n) => `通話 ${n} 件`,
    gaveUpOnHold: "保留中の放棄",
    leftOnHold: "保留中に終了",
    caller: "お客様",
    us: "システム",
    chose: "キー選択",
    handed: "引き継ぎ",
    shares: "内訳",
    ownCalls: "自分でかけた電話",
    goesOn: (n) => `通話中 ${n} 件`,
    noTalks: "この期間に通話はありません。",
    talksHint:
      "通話の開始時刻で数え、終わった通話だけを対象とします。処理 = 通話 + 保留 + 後処理。保留の平均は、保留のあった通話だけの平均です。担当者のページが切れていた時間はどれにも含みません。保留中に終了: お客様か担当者が切った、システムに障害があった、またはお客様がキーで折り返しか列を選んだ通話です。",
    handovers: "引き継ぎ",
    noHandovers: "この期間に引き継ぎはありません。",
    from: "引き継いだ人",
    to: "引き継ぎ先",
    handedOver: "引き継ぎ",
    answered: "応答",
    byAnother: (n) => `別の担当者 ${n} 件`,
    returned: "元の担当者に戻った",
    gone: "放棄",
    backInLine: "つながらず、列に戻った",
    rest: "その他",
    warm: "先に相談",
    meanWait: "待ち",
    longestWait: "最長",
    back: "戻り",
    handoversHint:
      "応答: 別の担当者か外部の番号がお客様と話しました。「別の担当者」は指名された同僚以外です。放棄: 通話の後の放棄で、どの放棄率にも含みません。先に相談: 通話中に先に相談した相手がお客様を引き継ぎました。待ち: 引き継ぎから次の通話までの平均で、先に相談したものは除きます。最長は全体の中の最長です。",
  },
});

/** TalksPart is what agents' time went into, and whom they handed over and asked. */
export function TalksPart(v: View) {
  const path = (of: string) => `/api/v1/reports/${of}?${query(asked(v))}`;
  const talks = useAnswer<Answer<"/api/v1/reports/talks">>(`${path("talks")}&by=agent`, every(v));
  const handed = useAnswer<Answer<"/api/v1/reports/handovers">>(path("handovers"), every(v));
  const error = talks.error || handed.error;
  return (
    <>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      <section aria-labelledby="talks-title">
        <div class="title-row">
          <h2 id="talks-title">{own.title}</h2>
          <Downloads path={path("talks")} />
        </div>
        {talks.answer && <AllTalks v={v} rows={sorted(talks.answer.talks)} />}
      </section>
      <section aria-labelledby="handovers-title">
        <div class="title-row">
          <h2 id="handovers-title">{own.handovers}</h2>
          <Downloads path={path("handovers")} />
        </div>
        {handed.answer && <AllHandovers v={v} rows={ofWays(handed.answer.handovers)} />}
      </section>
      <Asked {...v} />
    </>
  );
}

count(
  "talks",
  own.title,
  {
    talks: own.title,
    held: own.held,
    left_on_hold_caller: `${own.leftOnHold} ${own.caller}`,
    left_on_hold_agent: `${own.leftOnHold} ${t.agent}`,
    left_on_hold_us: `${own.leftOnHold} ${own.us}`,
    left_on_hold_chose: `${own.leftOnHold} ${own.chose}`,
    handed: own.handed,
  },
  () => own.ownCalls,
);
count(
  "handovers",
  own.handovers,
  {
    handovers: own.handedOver,
    answered: own.answered,
    returned: own.returned,
    back_in_line: own.backInLine,
    abandoned: own.gone,
    failed: t.systemFailure,
    other: own.rest,
    open: t.open,
    warm: own.warm,
  },
  (to) => `→ ${to}`,
);

const byName = new Intl.Collator(locale).compare;

/** sorted are the rows by name. */
function sorted(rows: Talks[]): Talks[] {
  return rows.toSorted((a, b) => byName(a.agent, b.agent) || byName(a.queue, b.queue));
}

/** totalOf adds rows up; the means are those of all their talks. */
export function totalOf(rows: Talks[]): Talks {
  const sum = (of: (r: Talks) => number) => rows.reduce((n, r) => n + of(r), 0);
  const talks = sum((r) => r.talks);
  const held = sum((r) => r.held);
  const [talk, hold, wrap, handle] = [sum((r) => r.talk_s), sum((r) => r.hold_s), sum((r) => r.wrap_s), sum((r) => r.handle_s)];
  const mean = (s: number, n: number) => (n > 0 ? s / n : null);
  return {
    day: "",
    agent: "",
    queue: "",
    talks,
    open: sum((r) => r.open),
    handed: sum((r) => r.handed),
    talk_s: talk,
    hold_s: hold,
    wrap_s: wrap,
    handle_s: handle,
    gap_s: sum((r) => r.gap_s),
    mean_talk_s: mean(talk, talks),
    mean_hold_s: mean(hold, held),
    mean_wrap_s: mean(wrap, talks),
    mean_handle_s: mean(handle, talks),
    held,
    holds: sum((r) => r.holds),
    longest_hold_s: Math.max(0, ...rows.map((r) => r.longest_hold_s)),
    left_on_hold_caller: sum((r) => r.left_on_hold_caller),
    left_on_hold_agent: sum((r) => r.left_on_hold_agent),
    left_on_hold_us: sum((r) => r.left_on_hold_us),
    left_on_hold_chose: sum((r) => r.left_on_hold_chose),
  };
}

function AllTalks({ v, rows }: { v: View; rows: Talks[] }) {
  if (rows.length === 0) return <p class="card empty">{own.noTalks}</p>;
  const all = totalOf(rows);
  return (
    <>
      <div class="tiles">
        <Tile label={own.title} value={whole(all.talks)} of={all.open > 0 ? own.goesOn(all.open) : ""} />
        <Tile label={own.talk} value={length(all.mean_talk_s)} of={own.mean} />
        <Tile label={own.hold} value={length(all.mean_hold_s)} of={own.mean} />
        <Tile label={own.wrap} value={length(all.mean_wrap_s)} of={own.mean} />
        <Tile label={own.longestHold} value={all.held > 0 ? length(all.longest_hold_s) : "–"} of={own.heldTalks(all.held)} />
        <Tile label={own.gaveUpOnHold} value={whole(all.left_on_hold_caller)} of={own.caller} />
      </div>
      <Wide title="talks-title">
        <Legend
          list={[
            ["talk", own.talk],
            ["hold", own.hold],
            ["wrap", own.wrap],
          ]}
        />
        <table class="talks">
          <thead>
            <tr>
              <th rowSpan={2}>{t.agent}</th>
              <th rowSpan={2}>{t.queue}</th>
              <th rowSpan={2} class="num">
                {own.title}
              </th>
              <th rowSpan={2}>{own.shares}</th>
              <th colSpan={4} class="num">
                {own.mean}
              </th>
              <th rowSpan={2} class="num">
                {own.held}
              </th>
              <th rowSpan={2} class="num">
                {own.longestHold}
              </th>
              <th colSpan={4} class="num">
                {own.leftOnHold}
              </th>
              <th rowSpan={2} class="num">
                {own.handed}
              </th>
            </tr>
            <tr>
              <th class="num">{own.talk}</th>
              <th class="num">{own.hold}</th>
              <th class="num">{own.wrap}</th>
              <th class="num">{own.handle}</th>
              <th class="num">{own.caller}</th>
              <th class="num">{t.agent}</th>
              <th class="num">{own.us}</th>
              <th class="num">{own.chose}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <TalkLine key={`${r.agent} ${r.queue}`} v={v} name={r.agent} queue={r.queue || own.ownCalls} r={r} />
            ))}
            <TalkLine v={v} name={v.queue || t.allQueues} queue="" r={all} total />
          </tbody>
        </table>
        <p class="hint">{own.talksHint}</p>
      </Wide>
    </>
  );
}

function TalkLine({ v, name, queue, r, total }: { v: View; name: string; queue: string; r: Talks; total?: boolean }) {
  const whose: Which = {
    kind: "",
    ...(r.queue || v.queue ? { queue: r.queue || v.queue } : {}),
    ...(total ? {} : { only: { agent: r.agent, ...(r.queue ? {} : { about: "own" }) } }),
  };
  const counted = (column: string, n: number) => <Counted place={v.place} n={n} which={{ ...whose, kind: `talks.${column}` }} />;
  return (
    <tr class={total ? "total" : ""}>
      <th scope="row">{name}</th>
      <td>{queue}</td>
      <td class="num">{counted("talks", r.talks)}</td>
      <td>
        <Parts
          list={[
            { kind: "talk", word: own.talk, n: r.talk_s },
            { kind: "hold", word: own.hold, n: r.hold_s },
            { kind: "wrap", word: own.wrap, n: r.wrap_s },
          ]}
        />
      </td>
      <td class="num">{length(r.mean_talk_s)}</td>
      <td class="num">{length(r.mean_hold_s)}</td>
      <td class="num">{length(r.mean_wrap_s)}</td>
      <td class="num">{length(r.mean_handle_s)}</td>
      <td class="num">{counted("held", r.held)}</td>
      <td class={`num ${r.held === 0 ? "none" : ""}`}>{r.held > 0 ? length(r.longest_hold_s) : "–"}</td>
      <td class={`num ${r.left_on_hold_caller > 0 ? "bad" : ""}`}>{counted("left_on_hold_caller", r.left_on_hold_caller)}</td>
      <td class={`num ${r.left_on_hold_agent > 0 ? "bad" : ""}`}>{counted("left_on_hold_agent", r.left_on_hold_agent)}</td>
      <td class={`num ${r.left_on_hold_us > 0 ? "bad" : ""}`}>{counted("left_on_hold_us", r.left_on_hold_us)}</td>
      <td class="num">{counted("left_on_hold_chose", r.left_on_hold_chose)}</td>
      <td class="num">{counted("handed", r.handed)}</td>
    </tr>
  );
}

/** target is to whom a caller was handed over. */
function target(h: Handovers): string {
  return h.to_agent || h.to_queue || h.to_number || "–";
}

/** ofWays are the hand-overs of all days together, by agent, queue and target. Means are weighed by those who waited for the next talk. */
export function ofWays(rows: Handovers[]): Handovers[] {
  const ways = new Map<string, Handovers>();
  const waits = (h: Handovers) => (h.mean_wait_s === null ? 0 : Math.max(1, h.answered + h.returned + h.transferred_out - h.warm));
  for (const h of rows) {
    const key = JSON.stringify([h.by, h.queue, h.to_queue, h.to_agent, h.to_number]);
    const had = ways.get(key);
    if (!had) {
      ways.set(key, { ...h, day: "" });
      continue;
    }
    const waited = waits(had) + waits(h);
    if (waited > 0) had.mean_wait_s = ((had.mean_wait_s ?? 0) * waits(had) + (h.mean_wait_s ?? 0) * waits(h)) / waited;
    had.longest_wait_s = Math.max(had.longest_wait_s, h.longest_wait_s);
    for (const n of added) had[n] += h[n];
  }
  return [...ways.values()].sort((a, b) => byName(a.by, b.by) || byName(a.queue, b.queue) || byName(target(a), target(b)));
}

const added = ["handovers", "answered", "by_another", "returned", "transferred_out", "abandoned", "back_in_line", "failed", "other", "open", "warm"] as const;

function AllHandovers({ v, rows }: { v: View; rows: Handovers[] }) {
  if (rows.length === 0) return <p class="card empty">{own.noHandovers}</p>;
  return (
    <Wide title="handovers-title">
      <Legend
        list={[
          ["good", own.answered],
          ["back", own.back],
          ["bad", own.gone],
          ["rest", own.rest],
        ]}
      />
      <table class="handovers">
        <thead>
          <tr>
            <th>{own.from}</th>
            <th>{t.queue}</th>
            <th>{own.to}</th>
            <th class="num">{own.handedOver}</th>
            <th>{own.shares}</th>
            <th class="num">{own.answered}</th>
            <th class="num">{own.returned}</th>
            <th class="num">{own.backInLine}</th>
            <th class="num">{own.gone}</th>
            <th class="num">{t.systemFailure}</th>
            <th class="num">{own.rest}</th>
            <th class="num">{t.open}</th>
            <th class="num">{own.meanWait}</th>
            <th class="num">{own.longestWait}</th>
            <th class="num">{own.warm}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((h) => (
            <HandoverLine v={v} key={`${h.by} ${h.queue} ${h.to_queue} ${h.to_agent} ${h.to_number}`} h={h} />
          ))}
        </tbody>
      </table>
      <p class="hint">{own.handoversHint}</p>
    </Wide>
  );
}

function HandoverLine({ v, h }: { v: View; h: Handovers }) {
  const counted = (column: string, n: number) =>
    h.queue ? <Counted place={v.place} n={n} which={{ kind: `handovers.${column}`, queue: h.queue, only: { agent: h.by, about: target(h) } }} /> : n;
  const answered = h.answered + h.transferred_out;
  return (
    <tr>
      <th scope="row">{h.by}</th>
      <td>{h.queue || own.ownCalls}</td>
      <td>
        <span aria-hidden="true">→ </span>
        {target(h)}
      </td>
      <td class="num">{counted("handovers", h.handovers)}</td>
      <td>
        <Parts
          list={[
            { kind: "good", word: own.answered, n: answered },
            { kind: "back", word: own.back, n: h.returned + h.back_in_line },
            { kind: "bad", word: own.gone, n: h.abandoned + h.failed },
            { kind: "rest", word: own.rest, n: h.other + h.open },
          ]}
        />
      </td>
      <td class={`num ${answered === 0 ? "none" : ""}`}>
        {counted("answered", answered)}
        {h.by_another > 0 && <span class="hint"> ({own.byAnother(h.by_another)})</span>}
      </td>
      <td class="num">{counted("returned", h.returned)}</td>
      <td class="num">{counted("back_in_line", h.back_in_line)}</td>
      <td class={`num ${h.abandoned > 0 ? "bad" : ""}`}>{counted("abandoned", h.abandoned)}</td>
      <td class={`num ${h.failed > 0 ? "bad" : ""}`}>{counted("failed", h.failed)}</td>
      <td class="num">{counted("other", h.other)}</td>
      <td class="num">{counted("open", h.open)}</td>
      <td class="num">{length(h.mean_wait_s)}</td>
      <td class="num">{length(h.longest_wait_s)}</td>
      <td class="num">{counted("warm", h.warm)}</td>
    </tr>
  );
}

function Tile({ label, value, of }: { label: string; value: string; of?: string }) {
  return (
    <div class="tile">
      <span class="label">{label}</span>
      <span class="value">{value}</span>
      {of && <span class="label">{of}</span>}
    </div>
  );
}
