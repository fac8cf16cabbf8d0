// What was: any span of days, any queue, compared with another span. All that is
// shown is in the address.
import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { query, type Answer, type Compared, type Live, type Me, type Row } from "./api";
import { Abandonment } from "./abandonment";
import { useAnswer } from "./ask";
import { CallPanel } from "./calls";
import { Codes } from "./codes";
import { Header } from "./frame";
import { Lost } from "./lost";
import { Menus } from "./menus";
import { Patience } from "./patience";
import { usePlace, go, type Place } from "./place";
import { Promises } from "./promises";
import { Staffing } from "./staffing";
import { last, preset, presets, spanOf, type Span } from "./span";
import { ownTexts, t } from "./texts";
import { clock, dayOf, daysName, now, setZone } from "./time";
import { TalksPart } from "./talks";
import { Waits } from "./waits";
import { Kept, Time } from "./work";

const own = ownTexts({
  en: {
    title: "What was",
    span: "Days",
    from: "from",
    to: "to",
    presets: {
      today: "Today",
      yesterday: "Yesterday",
      this_week: "This week",
      last_week: "Last week",
      this_month: "This month",
      last_month: "Last month",
      four_weeks: "Last 4 weeks",
    } as Record<string, string>,
    against: "Compared with",
    than: { before: "the days just before", weeks: "the same weekdays before", none: "nothing" } as Record<Against, string>,
    zone: (zone: string) => `Times in ${zone}`,
    compared: (days: string, until: string) => `compared with ${days}${until && `, up to ${until} too`}`,
    parts: "Parts",
    sections: {
      abandonment: "Who gave up",
      waits: "Waits",
      patience: "Patience",
      people: "The lost",
      menus: t.menus,
      agents: "Agents",
      codes: "What about",
      kept: "Callbacks, messages",
      promises: "Promises",
      staffing: "Staffing",
    } as Record<string, string>,
  },
  es: {
    title: "Lo que fue",
    span: "Días",
    from: "desde",
    to: "hasta",
    presets: {
      today: "Hoy",
      yesterday: "Ayer",
      this_week: "Esta semana",
      last_week: "La semana pasada",
      this_month: "Este mes",
      last_month: "El mes pasado",
      four_weeks: "Últimas 4 semanas",
    },
    against: "Comparado con",
    than: { before: "los días justo antes", weeks: "los mismos días de la semana antes", none: "nada" },
    zone: (zone) => `Horas de ${zone}`,
    compared: (days, until) => `comparado con ${days}${until && `, también hasta las ${until}`}`,
    parts: "Partes",
    sections: {
      abandonment: "Quién desistió",
      waits: "Esperas",
      patience: "Paciencia",
      people: "Las perdidas",
      menus: t.menus,
      agents: "Agentes",
      codes: "De qué",
      kept: "Devoluciones, mensajes",
      promises: "Promesas",
      staffing: "Plantilla",
    },
  },
  ko: {
    title: "지난 기록",
    span: "기간",
    from: "시작",
    to: "끝",
    presets: {
      today: "오늘",
      yesterday: "어제",
      this_week: "이번 주",
      last_week: "지난주",
      this_month: "이번 달",
      last_month: "지난달",
      four_weeks: "최근 4주",
    },
    against: "비교 대상",
    than: { before: "바로 앞 기간", weeks: "앞선 같은 요일", none: "없음" },
    zone: (zone) => `시간대: ${zone}`,
    compared: (days, until) => `비교 대상: ${days}${until && `, 역시 ${until}까지`}`,
    parts: "부분",
    sections: {
      abandonment: "포기한 고객",
      waits: "대기",
      patience: "인내심",
      people: "놓친 고객",
      menus: t.menus,
      agents: "상담원",
      codes: "통화 내용",
      kept: "콜백·메시지",
      promises: "약속",
      staffing: "인력",
    },
  },
  ja: {
    title: "これまで",
    span: "期間",
    from: "開始",
    to: "終了",
    presets: {
      today: "今日",
      yesterday: "昨日",
      this_week: "今週",
      last_week: "先週",
      this_month: "今月",
      last_month: "先月",
      four_weeks: "直近4週間",
    },
    against: "比較対象",
    than: { before: "直前の期間", weeks: "前の同じ曜日", none: "なし" },
    zone: (zone) => `時刻は${zone}`,
    compared: (days, until) => `比較対象：${days}${until && `、同じく${until}まで`}`,
    parts: "項目",
    sections: {
      abandonment: "あきらめた人",
      waits: "待ち時間",
      patience: "我慢",
      people: "失ったお客様",
      menus: t.menus,
      agents: "担当者",
      codes: "通話の内容",
      kept: "折り返し・伝言",
      promises: "約束",
      staffing: "要員",
    },
  },
});

export const historyTitle = own.title;

/** With what a span is compared: the one just before it, the same weekdays before, nothing. */
const againsts = ["before", "weeks", "none"] as const;
export type Against = (typeof againsts)[number];

/** View is what a part of the page shows. */
export interface View {
  place: Place;
  span: Span;
  against: Against;
  queue: string; // "": all
  live: boolean; // the span is not over
}

/** asked is a view as the API takes it. */
export function asked(v: View): Record<string, string> {
  return { day: v.span.day, days: String(v.span.days), queue: v.queue };
}

/** otherOf is the row with which a row is compared; null: none that may be. */
export function otherOf(v: View, r: Compared): Row | null {
  return v.against === "none" ? null : r[v.against];
}

const minute = 60_000;

/** every is how often a view is asked for again, in ms: what is over does not change. */
export function every(v: View): number {
  return v.live ? minute / 4 : 60 * minute;
}

const sections: [string, ComponentType<View>][] = [
  ["abandonment", Abandonment],
  ["people", Lost],
  ["waits", Waits],
  ["patience", Patience],
  ["kept", Kept],
  ["menus", Menus],
  ["agents", Agents],
  ["codes", Codes],
  ["promises", Promises],
  ["staffing", Staffing],
];

/** Agents is what their time went into, and their talks. */
function Agents(v: View) {
  return (
    <>
      <Time {...v} />
      <TalksPart {...v} />
    </>
  );
}

export function HistoryPage({ me }: { me: Me }) {
  const place = usePlace();
  const today = dayOf(now());
  const span = spanOf(place.get("from"), place.get("to"), today);
  const against = againsts.find((a) => a === place.get("against")) ?? "before";
  const view: View = { place, span, against, queue: place.get("queue"), live: last(span) >= today };
  const known = useAnswer<Answer<"/api/v1/reports/compare">>(`/api/v1/reports/compare?${query({ ...asked(view), by: "queue" })}`, every(view));
  const zone = useZone(known.answer?.zone);
  const [name, Section] = sections.find(([s]) => s === place.get("show")) ?? sections[0]!;
  return (
    <>
      <Header me={me} />
      <main class="floor history">
        <Choice view={view} today={today} zone={zone} spans={known.answer?.spans} />
        {known.error && (
          <p class="banner bad" role="alert">
            {known.error}
          </p>
        )}
        <nav class="parts" aria-label={own.parts}>
          {sections.map(([s]) => (
            <a key={s} href={place.href({ show: s })} aria-current={s === name ? "page" : undefined}>
              {own.sections[s]}
            </a>
          ))}
        </nav>
        {zone && <Section {...view} />}
      </main>
      <CallPanel view={view} />
    </>
  );
}

/** useZone has all times of the page written in the zone of the queue, or of the house. "": it is not known yet. */
function useZone(told: string | undefined): string {
  const [zone, set] = useState("");
  useEffect(() => {
    if (!told) return;
    setZone(told);
    set(told);
  }, [told]);
  return zone;
}

type Spans = Answer<"/api/v1/reports/compare">["spans"];

/** daysOf are the days of a period. */
const daysOf = (p: { from: string; to: string }) => daysName(dayOf(Date.parse(p.from)), dayOf(Date.parse(p.to) - 1));

function Choice({ view: { place, span, against, queue }, today, zone, spans }: { view: View; today: string; zone: string; spans: Spans | undefined }) {
  const { answer } = useAnswer<Live>("/api/v1/live", 10 * minute);
  const queues = [...new Set([...(answer?.queues.map((q) => q.name) ?? []), ...(queue ? [queue] : [])])].sort();
  const choose = (s: Span) => place.href({ from: s.day, to: last(s), page: undefined });
  return (
    <section class="choice-of-days" aria-labelledby="history-title">
      <div class="title-row">
        <h1 id="history-title">{own.title}</h1>
        <p class="hint" role="status">
          <strong>{daysName(span.day, last(span))}</strong>
          {zone && spans && against !== "none" && ` · ${own.compared(daysOf(spans[against]), spans.until ? clock(spans.until) : "")}`}
          {zone && ` · ${own.zone(zone)}`}
        </p>
      </div>
      <div class="choices no-print">
        <span class="presets" role="group" aria-label={own.span}>
          {presets.map((name) => {
            const s = preset(name, today);
            const is = s.day === span.day && s.days === span.days;
            return (
              <a key={name} class="button small" href={choose(s)} aria-current={is ? "true" : undefined}>
                {own.presets[name]}
              </a>
            );
          })}
        </span>
        <DayField label={own.from} value={span.day} max={today} onChange={(day) => go(choose(spanOf(day, last(span), today)))} />
        <DayField
          label={own.to}
          value={last(span)}
          max={today}
          onChange={(day) => go(choose(day < span.day ? { day, days: 1 } : spanOf(span.day, day, today)))}
        />
        <label class="inline">
          {t.queue}{" "}
          <select name="queue" value={queue} onChange={(e) => go(place.href({ queue: e.currentTarget.value }))}>
            <option value="">{t.allQueues}</option>
            {queues.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="inline">
          {own.against}{" "}
          <select name="against" value={against} onChange={(e) => go(place.href({ against: e.currentTarget.value }))}>
            {againsts.map((a) => (
              <option key={a} value={a}>
                {own.than[a]}
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  );
}

function DayField({ label, value, max, onChange }: { label: string; value: string; max: string; onChange: (day: string) => void }) {
  return (
    <label class="inline">
      {label} <input type="date" value={value} max={max} onChange={(e) => e.currentTarget.value && onChange(e.currentTarget.value)} />
    </label>
  );
}
