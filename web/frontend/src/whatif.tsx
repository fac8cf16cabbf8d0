// What if: a planned day is rehearsed with other agents, more callers, longer talks.
import { useState } from "preact/hooks";
import { send, type Answer } from "./api";
import { useAnswer } from "./ask";
import type { View } from "./history";
import { Tile } from "./numbers";
import { length } from "./parts";
import { go } from "./place";
import { ownTexts } from "./texts";
import { dayName, percent } from "./time";

const own = ownTexts({
  en: {
    title: "What if",
    hint: "The day is rehearsed call by call, by the same line that serves your callers, some thousand times faster than real. Real calls are not touched.",
    day: "Day",
    agents: "Agents",
    plans: { needed: "as needed", needed_1sd: "for a busy week", needed_2sd: "for a very busy week", present: "as usually there" } as Record<string, string>,
    more: "and more",
    callers: "Callers, %",
    handle: "Handling time, %",
    begin: "Rehearse",
    running: "Being rehearsed",
    failed: "The rehearsal has failed.",
    inTime: "Answered in time",
    gaveUp: "Gave up",
    mean: "Wait, on average",
    nine: "Nine in ten wait at most",
    busy: "Agents busy",
    came: "Callers",
  },
  es: {
    title: "¿Y si…?",
    hint: "El día se ensaya llamada a llamada, con la misma cola que atiende a sus clientes, unas mil veces más rápido. Las llamadas reales no se tocan.",
    day: "Día",
    agents: "Agentes",
    plans: { needed: "los necesarios", needed_1sd: "para una semana fuerte", needed_2sd: "para una semana muy fuerte", present: "los que suele haber" },
    more: "y más",
    callers: "Llamadas, %",
    handle: "Gestión, %",
    begin: "Ensayar",
    running: "Ensayando",
    failed: "El ensayo ha fallado.",
    inTime: "Contestadas a tiempo",
    gaveUp: "Desistieron",
    mean: "Espera, de media",
    nine: "Nueve de diez esperan como mucho",
    busy: "Agentes ocupados",
    came: "Llamadas",
  },
  ko: {
    title: "만약에",
    hint: "실제 고객을 응대하는 것과 같은 대기열로 하루를 통화마다 연습합니다. 실제보다 천 배쯤 빠르며, 실제 전화에는 영향이 없습니다.",
    day: "날짜",
    agents: "상담원",
    plans: { needed: "필요한 만큼", needed_1sd: "바쁜 주 기준", needed_2sd: "아주 바쁜 주 기준", present: "평소 있는 만큼" },
    more: "추가",
    callers: "고객, %",
    handle: "처리 시간, %",
    begin: "연습하기",
    running: "연습 중",
    failed: "연습에 실패했습니다.",
    inTime: "제시간 응답",
    gaveUp: "포기",
    mean: "평균 대기",
    nine: "10명 중 9명의 최대 대기",
    busy: "상담원 가동",
    came: "고객",
  },
  ja: {
    title: "もしも",
    hint: "実際のお客様を受けるのと同じ列で、その日を一件ずつ予行します。実際の千倍ほどの速さで、本物の電話には影響しません。",
    day: "日",
    agents: "担当者",
    plans: { needed: "必要な人数", needed_1sd: "忙しい週の人数", needed_2sd: "とても忙しい週の人数", present: "普段の人数" },
    more: "追加",
    callers: "お客様、%",
    handle: "処理時間、%",
    begin: "予行する",
    running: "予行中",
    failed: "予行に失敗しました。",
    inTime: "時間内に応答",
    gaveUp: "放棄",
    mean: "平均待ち時間",
    nine: "10人中9人の最長待ち",
    busy: "担当者の稼働",
    came: "お客様",
  },
});

type Rehearsal = Answer<"/api/v1/rehearsals/{id}">;

/** WhatIf rehearses one of these days of the view's queue. The rehearsal's id is in the address. */
export function WhatIf({ v, days }: { v: View; days: string[] }) {
  const [ask, setAsk] = useState({ day: days[1] ?? days[0] ?? "", agents: "needed", more: 0, callers: 100, handle: 100 });
  const [error, setError] = useState("");
  const id = v.place.get("rehearsal");
  async function begin(e: Event) {
    e.preventDefault();
    setError("");
    try {
      const r = await send<Rehearsal>("POST", "/api/v1/rehearsals", { ...ask, queue: v.queue, callers: ask.callers / 100, handle: ask.handle / 100 });
      go(v.place.href({ rehearsal: r.id }), true);
    } catch (e) {
      setError((e as Error).message);
    }
  }
  const number = (name: "more" | "callers" | "handle", label: string, min: number, max: number) => (
    <label>
      {label}
      <input type="number" name={name} min={min} max={max} value={ask[name]} onInput={(e) => setAsk({ ...ask, [name]: e.currentTarget.valueAsNumber || 0 })} />
    </label>
  );
  return (
    <div class="card drawn-from">
      <h2>{own.title}</h2>
      <form class="what-if" onSubmit={(e) => void begin(e)}>
        <label>
          {own.day}
          <select name="day" value={ask.day} onChange={(e) => setAsk({ ...ask, day: e.currentTarget.value })}>
            {days.map((day) => (
              <option key={day} value={day}>
                {dayName(day)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {own.agents}
          <select name="agents" value={ask.agents} onChange={(e) => setAsk({ ...ask, agents: e.currentTarget.value })}>
            {Object.entries(own.plans).map(([name, word]) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </label>
        {number("more", own.more, -1000, 1000)}
        {number("callers", own.callers, 0, 1000)}
        {number("handle", own.handle, 0, 1000)}
        <button class="primary">{own.begin}</button>
      </form>
      {error && (
        <p class="banner bad" role="alert">
          {error}
        </p>
      )}
      {id && <Outcome id={id} />}
      <p class="hint">{own.hint}</p>
    </div>
  );
}

const often = 700; // ms
const seldom = 3_600_000;

function Outcome({ id }: { id: string }) {
  const [over, setOver] = useState(false);
  const { answer, error } = useAnswer<Rehearsal>(`/api/v1/rehearsals/${encodeURIComponent(id)}`, over ? seldom : often);
  if (answer && answer.state !== "running" && !over) setOver(true);
  if (answer && answer.state === "running" && over) setOver(false);
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  if (answer.state === "failed") return <p class="banner bad">{own.failed}</p>;
  const r = answer.result;
  if (!r)
    return (
      <p role="status">
        <label>
          {own.running} <progress max={1} value={answer.progress} /> {percent(answer.progress)}
        </label>
      </p>
    );
  return (
    <div class="tiles" role="status">
      <Tile label={own.inTime} value={percent(r.service_level)} before={null} />
      <Tile label={own.gaveUp} value={percent(r.abandonment)} before={null} />
      <Tile label={own.mean} value={length(r.mean_wait_s)} before={null} />
      <Tile label={own.nine} value={length(r.p90_wait_s)} before={null} />
      <Tile label={own.busy} value={percent(r.occupancy)} before={null} />
      <Tile label={own.came} value={String(r.calls)} before={null} />
    </div>
  );
}
