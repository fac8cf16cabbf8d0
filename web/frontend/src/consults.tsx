// Whom agents asked during talks, and what came of it.
import { query, type Answer, type Consults } from "./api";
import { useAnswer } from "./ask";
import { Downloads } from "./figure";
import { asked, every, type View } from "./history";
import { count } from "./kinds";
import { Counted } from "./numbers";
import { Legend, length, Parts, Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { dayName } from "./time";

const own = ownTexts({
  en: {
    title: "Asked",
    nobody: "Nobody was asked during a talk in these days.",
    who: "Whom",
    times: "Times",
    shares: "Of which",
    handed: "Took the caller over",
    back: "Back to the caller",
    over: "Until the talk was over",
    unreached: "Not talked",
    declined: "Declined",
    noAnswer: "No answer",
    busy: "Busy",
    takenBack: "Taken back",
    failed: "Failed",
    ring: "Ringing",
    talk: "Talk",
    all: "All three",
    hint: "By the moment at which the agent asked, during a talk with a caller. Took over: the caller was handed over to the consulted party. Back: the two talked, and the agent went on with the caller. Until the talk was over: the two talked until the talk with the caller was over, or longer. Taken back: before an answer, by the agent, or since the caller or a page was gone. Failed: there is no such number, or the two could not be joined. Ringing, on average: from asking to the answer. Talk, on average: the two alone. All three, in all: with the caller. It is no talk of its own above: there the caller is on hold meanwhile, until all three talk.",
  },
  es: {
    title: "Consultas",
    nobody: "En estos días nadie consultó a nadie durante una conversación.",
    who: "A quién",
    times: "Veces",
    shares: "De ello",
    handed: "Se quedó con la llamada",
    back: "De vuelta con quien llama",
    over: "Hasta el final de la conversación",
    unreached: "No hablaron",
    declined: "Rechazadas",
    noAnswer: "Sin respuesta",
    busy: "Comunicaba",
    takenBack: "Retiradas",
    failed: "Fallidas",
    ring: "Timbre",
    talk: "Conversación",
    all: "Los tres",
    hint: "Por el momento en que el agente consultó, durante una conversación con quien llamaba. Se quedó con la llamada: se le traspasó a la persona consultada. De vuelta: los dos hablaron, y el agente siguió con quien llamaba. Hasta el final: los dos hablaron hasta que terminó la conversación con quien llamaba, o más. Retiradas: antes de una respuesta, por el agente, o porque quien llamaba o una página ya no estaba. Fallidas: el número no existe, o no se les pudo unir. Timbre, de media: de la consulta a la respuesta. Conversación, de media: los dos solos. Los tres, en total: con quien llama. No es una conversación propia arriba: allí quien llama está entretanto en retención, hasta que hablan los tres.",
  },
  ko: {
    title: "협의",
    nobody: "이 기간에는 통화 중에 협의한 일이 없습니다.",
    who: "협의 상대",
    times: "횟수",
    shares: "구성",
    handed: "고객을 넘겨받음",
    back: "고객에게 돌아감",
    over: "통화가 끝날 때까지",
    unreached: "통화 못 함",
    declined: "거절",
    noAnswer: "무응답",
    busy: "통화 중",
    takenBack: "취소",
    failed: "실패",
    ring: "호출",
    talk: "통화",
    all: "셋이 함께",
    hint: "상담원이 고객과 통화하는 중에 협의한 때를 기준으로 합니다. 고객을 넘겨받음: 협의 상대에게 고객을 인계했습니다. 고객에게 돌아감: 둘이 통화한 뒤 상담원이 고객과 통화를 이어 갔습니다. 통화가 끝날 때까지: 고객과의 통화가 끝날 때까지, 또는 그 뒤까지 둘이 통화했습니다. 취소: 응답 전에 상담원이 그만두었거나, 고객이나 페이지가 끊겼습니다. 실패: 없는 번호이거나 둘을 연결하지 못했습니다. 호출은 협의부터 응답까지의 평균, 통화는 둘만의 통화 평균, 셋이 함께는 고객까지 함께 통화한 시간의 합입니다. 위의 통화에는 따로 들어가지 않으며, 셋이 함께 통화하기 전까지 고객은 보류 중입니다.",
  },
  ja: {
    title: "相談",
    nobody: "この期間に通話中の相談はありません。",
    who: "相談先",
    times: "回数",
    shares: "内訳",
    handed: "お客様を引き継いだ",
    back: "お客様との通話に戻った",
    over: "通話の終わりまで",
    unreached: "話せなかった",
    declined: "拒否",
    noAnswer: "応答なし",
    busy: "話し中",
    takenBack: "取り消し",
    failed: "失敗",
    ring: "呼び出し",
    talk: "通話",
    all: "3人で",
    hint: "担当者がお客様との通話中に相談した時刻で数えます。お客様を引き継いだ: 相談した相手にお客様を引き継ぎました。お客様との通話に戻った: 二人で話し、担当者がお客様との通話を続けました。通話の終わりまで: お客様との通話が終わるまで、またはその後まで二人で話しました。取り消し: 応答の前に担当者がやめたか、お客様またはページが切れました。失敗: 存在しない番号か、二人をつなげませんでした。呼び出しは相談から応答までの平均、通話は二人だけで話した時間の平均、3人ではお客様も一緒に話した時間の合計です。上の通話には別に数えません。3人で話すまで、お客様は保留中です。",
  },
});

count(
  "consults",
  own.title,
  {
    asked: own.times,
    handed: own.handed,
    back: own.back,
    over: own.over,
    declined: own.declined,
    no_answer: own.noAnswer,
    busy: own.busy,
    taken_back: own.takenBack,
    failed: own.failed,
    open: t.open,
  },
  (to) => `→ ${to}`,
);

/** Asked is whom agents asked. */
export function Asked(v: View) {
  const path = `/api/v1/reports/consults?${query(asked(v))}`;
  const { answer, error } = useAnswer<Answer<"/api/v1/reports/consults">>(path, every(v));
  return (
    <section aria-labelledby="consults-title">
      <div class="title-row">
        <h2 id="consults-title">{own.title}</h2>
        <Downloads path={path} />
      </div>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      {answer && <All v={v} rows={answer.consults} />}
    </section>
  );
}

function All({ v, rows }: { v: View; rows: Consults[] }) {
  const days = v.span.days;
  if (rows.length === 0) return <p class="card empty">{own.nobody}</p>;
  return (
    <Wide title="consults-title">
      <Legend
        list={[
          ["good", own.handed],
          ["back", own.back],
          ["rest", own.over],
          ["bad", own.unreached],
        ]}
      />
      <table class="consults">
        <thead>
          <tr>
            {days > 1 && <th>{t.day}</th>}
            <th>{t.agent}</th>
            <th>{t.queue}</th>
            <th>{own.who}</th>
            <th class="num">{own.times}</th>
            <th>{own.shares}</th>
            <th class="num">{own.handed}</th>
            <th class="num">{own.back}</th>
            <th class="num">{own.over}</th>
            <th class="num">{own.declined}</th>
            <th class="num">{own.noAnswer}</th>
            <th class="num">{own.busy}</th>
            <th class="num">{own.takenBack}</th>
            <th class="num">{own.failed}</th>
            <th class="num">{t.open}</th>
            <th class="num">{own.ring}</th>
            <th class="num">{own.talk}</th>
            <th class="num">{own.all}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((c) => (
            <Line v={v} dated={days > 1} key={`${c.day} ${c.agent} ${c.queue} ${c.to_agent} ${c.to_number}`} c={c} />
          ))}
        </tbody>
      </table>
      <p class="hint">{own.hint}</p>
    </Wide>
  );
}

function Line({ v, c, dated }: { v: View; c: Consults; dated: boolean }) {
  const to = c.to_agent || c.to_number;
  const counted = (column: string, n: number) =>
    c.queue ? (
      <Counted
        place={v.place}
        n={n}
        which={{ kind: `consults.${column}`, queue: c.queue, ...(dated ? { on: c.day } : {}), only: { agent: c.agent, ...(to ? { about: to } : {}) } }}
      />
    ) : (
      n
    );
  return (
    <tr>
      {dated && <td>{dayName(c.day)}</td>}
      <th scope="row">{c.agent}</th>
      <td>{c.queue}</td>
      <td>
        <span aria-hidden="true">→ </span>
        {to}
      </td>
      <td class="num">{counted("asked", c.asked)}</td>
      <td>
        <Parts
          list={[
            { kind: "good", word: own.handed, n: c.handed },
            { kind: "back", word: own.back, n: c.back },
            { kind: "rest", word: own.over, n: c.over },
            { kind: "bad", word: own.unreached, n: c.declined + c.no_answer + c.busy + c.taken_back + c.failed },
          ]}
        />
      </td>
      <td class="num">{counted("handed", c.handed)}</td>
      <td class="num">{counted("back", c.back)}</td>
      <td class="num">{counted("over", c.over)}</td>
      <td class="num">{counted("declined", c.declined)}</td>
      <td class="num">{counted("no_answer", c.no_answer)}</td>
      <td class="num">{counted("busy", c.busy)}</td>
      <td class="num">{counted("taken_back", c.taken_back)}</td>
      <td class={`num ${c.failed > 0 ? "bad" : ""}`}>{counted("failed", c.failed)}</td>
      <td class="num">{counted("open", c.open)}</td>
      <td class="num">{length(c.mean_ring_s)}</td>
      <td class="num">{length(c.mean_talk_s)}</td>
      <td class={`num ${c.all_s === 0 ? "none" : ""}`}>{c.all_s > 0 ? length(c.all_s) : "–"}</td>
    </tr>
  );
}
