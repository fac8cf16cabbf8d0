// The panel beside the floor: one queue, caller or agent, and what can be done about it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { away, back, door, helped, hours, leaving, move, next, peak, today, workOf } from "./acts";
import type { Live, LiveAgent, LiveCaller, LiveQueue } from "./api";
import { breakName, type BreakNames } from "./breaks";
import { Done, type Acting } from "./done";
import { EmergencyForm, emergencyTitle } from "./emergency";
import { doing, standing, standingWords } from "./floor";
import { Listen, ListenButton, wasChosen } from "./listen";
import { addressOf, type Opened } from "./opened";
import { ownTexts, t } from "./texts";
import { clock, since } from "./time";
import { Until, endOf } from "./until";
import { gaveUpWords, toldWords, words } from "./words";

const own = ownTexts({
  en: {
    gone: "This is not on the floor any more.",
    door: "Open or closed",
    openNow: "Open now",
    closeNow: "Close now",
    byHours: "By its hours again",
    isOpen: "It is open by its hours.",
    isClosed: "It is closed by its hours.",
    switched: (open: boolean, until: string, by: string) => `${open ? "Opened" : "Closed"} until ${until} by ${by}.`,
    peak: "Peak",
    peakHint: "A short greeting, a callback offered at once, more agents; it ends by itself.",
    peakOn: "Begin peak",
    peakOff: "End peak",
    peaked: (until: string, by: string) => `Peak until ${until}, by ${by}.`,
    callers: "Who waits",
    story: "What happened so far",
    next: "Serve next",
    notNext: "Back to the old place",
    move: "Move to another queue",
    moveTo: "Queue",
    moveIt: "Move",
    awayTitle: "Presence",
    reason: "Reason",
    setAway: "Set away",
    makeBack: "Available again",
    setBy: (who: string) => `Set away by ${who}.`,
    leave: "Sign out after this talk",
    stay: "Stay signed in",
    leaving: "Is signed out after this talk.",
    help: (since: string) => `Asks for help, for ${since} now.`,
    answerHelp: "I have answered",
    today: "Queues and skills today",
    todayHint: "Until the end of the day; tomorrow it is as usual again.",
    todayIs: "These are for today only.",
    queues: "Queues",
    skills: "Skills, like german=8, refunds=5",
    assign: "For today",
    usual: "As usual",
    caller: "The caller",
  },
  es: {
    gone: "Ya no está en la sala.",
    door: "Abierta o cerrada",
    openNow: "Abrir ahora",
    closeNow: "Cerrar ahora",
    byHours: "Según su horario",
    isOpen: "Está abierta según su horario.",
    isClosed: "Está cerrada según su horario.",
    switched: (open, until, by) => `${open ? "Abierta" : "Cerrada"} hasta las ${until} por ${by}.`,
    peak: "Hora punta",
    peakHint: "Saludo corto, devolución ofrecida enseguida, más agentes; termina sola.",
    peakOn: "Empezar hora punta",
    peakOff: "Terminar hora punta",
    peaked: (until, by) => `Hora punta hasta las ${until}, por ${by}.`,
    callers: "Quién espera",
    story: "Qué ha pasado hasta ahora",
    next: "Atender primero",
    notNext: "De vuelta a su lugar",
    move: "Pasar a otra cola",
    moveTo: "Cola",
    moveIt: "Pasar",
    awayTitle: "Presencia",
    reason: "Motivo",
    setAway: "Poner ausente",
    makeBack: "Disponible de nuevo",
    setBy: (who) => `Ausente por ${who}.`,
    leave: "Salir tras esta conversación",
    stay: "Que siga conectado",
    leaving: "Saldrá tras esta conversación.",
    help: (since) => `Pide ayuda desde hace ${since}.`,
    answerHelp: "Ya he atendido",
    today: "Colas y habilidades de hoy",
    todayHint: "Hasta el final del día; mañana vuelve a lo de siempre.",
    todayIs: "Estas son solo para hoy.",
    queues: "Colas",
    skills: "Habilidades, como german=8, refunds=5",
    assign: "Para hoy",
    usual: "Lo de siempre",
    caller: "Quien llama",
  },
  ko: {
    gone: "더 이상 현황에 없습니다.",
    door: "열기와 닫기",
    openNow: "지금 열기",
    closeNow: "지금 닫기",
    byHours: "운영 시간대로",
    isOpen: "운영 시간이라 열려 있습니다.",
    isClosed: "운영 시간이 아니라 닫혀 있습니다.",
    switched: (open, until, by) => `${by} 님이 ${until}까지 ${open ? "열었습니다" : "닫았습니다"}.`,
    peak: "피크",
    peakHint: "짧은 인사, 즉시 콜백 제안, 더 많은 상담원. 저절로 끝납니다.",
    peakOn: "피크 시작",
    peakOff: "피크 끝내기",
    peaked: (until, by) => `${by} 님 지정, ${until}까지 피크.`,
    callers: "대기 고객",
    story: "지금까지의 경과",
    next: "다음 차례로",
    notNext: "원래 순서로",
    move: "다른 대기열로 옮기기",
    moveTo: "대기열",
    moveIt: "옮기기",
    awayTitle: "상담원 상태",
    reason: "이유",
    setAway: "자리 비움으로",
    makeBack: "다시 응대 가능",
    setBy: (who) => `${who} 님이 자리 비움으로 지정.`,
    leave: "이 통화 후 로그아웃",
    stay: "로그인 유지",
    leaving: "이 통화 후 로그아웃됩니다.",
    help: (since) => `${since} 동안 도움을 요청 중.`,
    answerHelp: "응답했습니다",
    today: "오늘의 대기열과 스킬",
    todayHint: "오늘까지만이며 내일은 평소대로입니다.",
    todayIs: "오늘만 적용됩니다.",
    queues: "대기열",
    skills: "스킬 (예: german=8, refunds=5)",
    assign: "오늘만 적용",
    usual: "평소대로",
    caller: "고객",
  },
  ja: {
    gone: "もう現況にはありません。",
    door: "受付",
    openNow: "今すぐ開ける",
    closeNow: "今すぐ閉める",
    byHours: "受付時間どおりに戻す",
    isOpen: "受付時間内です。",
    isClosed: "受付時間外です。",
    switched: (open, until, by) => `${by}さんが${until}まで${open ? "開けました" : "閉めました"}。`,
    peak: "ピーク",
    peakHint: "短い挨拶、すぐに折り返しの提案、より多くの担当者。自動で終わります。",
    peakOn: "ピークを始める",
    peakOff: "ピークを終える",
    peaked: (until, by) => `${by}さんが設定、${until}までピーク。`,
    callers: "待っている人",
    story: "これまでの経過",
    next: "次に応対する",
    notNext: "元の順番に戻す",
    move: "別のキューへ移す",
    moveTo: "キュー",
    moveIt: "移す",
    awayTitle: "在席状態",
    reason: "理由",
    setAway: "離席にする",
    makeBack: "受付可能に戻す",
    setBy: (who) => `${who}さんが離席にしました。`,
    leave: "この通話後にサインアウト",
    stay: "サインインのまま",
    leaving: "この通話後にサインアウトします。",
    help: (since) => `${since}前から支援を求めています。`,
    answerHelp: "対応しました",
    today: "今日のキューとスキル",
    todayHint: "今日だけで、明日は通常に戻ります。",
    todayIs: "今日だけの設定です。",
    queues: "キュー",
    skills: "スキル（例: german=8, refunds=5）",
    assign: "今日だけ",
    usual: "通常どおり",
    caller: "お客様",
  },
});

interface Props {
  live: Live;
  opened: Opened | null;
  close: () => void;
  acting: Acting;
  breaks: BreakNames;
  onStory: (call: string) => void;
}

/** FloorPanel shows what the address has opened. Esc, the button and the browser's way back close it, and the focus is where it was. */
export function FloorPanel(props: Props) {
  const { opened, close, acting } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = opened !== null;
  useEffect(() => {
    const d = dialog.current!;
    if (isOpen && !d.open) d.showModal();
    if (!isOpen && d.open) d.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="beside-floor"
      aria-labelledby="panel-title"
      onCancel={(e) => {
        e.preventDefault();
        close();
      }}
    >
      {opened && (
        <div class="inside">
          <div class="title-row">
            <h2 id="panel-title">{titleOf(props)}</h2>
            {/* A button would be pressed by the rest of the Enter that has opened this, where the page is slow. */}
            <a
              class="button"
              href={location.pathname}
              onClick={(e) => {
                e.preventDefault();
                close();
              }}
            >
              {t.close}
            </a>
          </div>
          <Done acting={acting} />
          <Content {...props} />
        </div>
      )}
    </dialog>
  );
}

function titleOf({ opened, live }: Props): string {
  const { kind, name } = opened!;
  if (kind === "emergency") return emergencyTitle;
  if (kind === "agent" || kind === "listen") return live.agents.find((a) => a.agent === name)?.name || name;
  const c = kind === "caller" ? waiting(live, name)?.c : undefined;
  return kind === "caller" ? c?.name || c?.number || t.unknownCaller : name;
}

/** waiting finds a caller in line. */
function waiting(live: Live, call: string): { q: LiveQueue; c: LiveCaller } | undefined {
  for (const q of live.queues) {
    const c = q.waiting.find((w) => w.call === call);
    if (c) return { q, c };
  }
  return undefined;
}

function Content(props: Props) {
  const { live, opened, acting, breaks, onStory } = props;
  const { kind, name } = opened!;
  const queue = kind === "queue" && live.queues.find((q) => q.name === name);
  if (queue) return <QueueActs key={name} q={queue} live={live} acting={acting} />;
  const agent = (kind === "agent" || kind === "listen") && live.agents.find((a) => a.agent === name);
  if (agent) return <AgentActs key={`${kind} ${name}`} a={agent} listens={kind === "listen"} acting={acting} breaks={breaks} onStory={onStory} />;
  const caller = kind === "caller" && waiting(live, name);
  if (caller) return <CallerActs key={name} {...caller} live={live} acting={acting} onStory={onStory} />;
  if (kind === "emergency" && live.in_menus !== undefined) return <EmergencyForm now={live.emergency} acting={acting} />;
  return <p class="empty">{own.gone}</p>;
}

/** Group is what can be done of one kind. */
function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="act">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

function QueueActs({ q, live, acting }: { q: LiveQueue; live: Live; acting: Acting }) {
  const [doorEnd, setDoorEnd] = useState(0);
  const [peakEnd, setPeakEnd] = useState(60);
  const figures = live.figures.find((f) => f.name === q.name);
  return (
    <>
      {figures && (
        <p>
          <strong>{figures.waiting}</strong> {words.waiting}
          {figures.oldest && ` · ${words.longest} ${since(figures.oldest)}`} · {words.told} {toldWords(figures.told)}
          {figures.gave_up.map((g) => ` · ${gaveUpWords(g)}`)}
        </p>
      )}
      <Group title={own.door}>
        <p>{q.switched ? own.switched(q.switched.open, clock(q.switched.until), q.switched.by) : q.open ? own.isOpen : own.isClosed}</p>
        <Until minutes={doorEnd} set={setDoorEnd} hours />
        <p class="choices">
          <button disabled={acting.busy} onClick={() => void acting.act(door(q, !q.open, endOf(doorEnd)))}>
            {q.open ? own.closeNow : own.openNow}
          </button>
          {q.switched && (
            <button disabled={acting.busy} onClick={() => void acting.act(hours(q))}>
              {own.byHours}
            </button>
          )}
        </p>
      </Group>
      <Group title={own.peak}>
        <p>{q.peak ? own.peaked(clock(q.peak.until), q.peak.by) : own.peakHint}</p>
        {!q.peak && <Until minutes={peakEnd} set={setPeakEnd} />}
        <p class="choices">
          <button disabled={acting.busy} onClick={() => void acting.act(peak(q, q.peak ? "" : endOf(peakEnd)))}>
            {q.peak ? own.peakOff : own.peakOn}
          </button>
        </p>
      </Group>
      {q.waiting.length > 0 && (
        <>
          <h3>{own.callers}</h3>
          <ol class="line">
            {q.waiting.map((c) => (
              <li key={c.call}>
                <a href={addressOf("caller", c.call)}>{c.name || c.number || t.unknownCaller}</a> <span class="num">{since(c.since)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function CallerActs({ q, c, live, acting, onStory }: { q: LiveQueue; c: LiveCaller; live: Live; acting: Acting; onStory: (call: string) => void }) {
  const others = live.queues.filter((o) => o.name !== q.name);
  const [to, setTo] = useState(others[0]?.name ?? "");
  return (
    <>
      <p>
        {c.number} {c.vip && <span class="chip vip">{t.vip}</span>} · <a href={addressOf("queue", q.name)}>{q.name}</a> · {t.waitsSince} {since(c.since)}{" "}
        {doing(c)}
      </p>
      <p class="choices">
        <button disabled={acting.busy} aria-pressed={c.next ?? false} onClick={() => void acting.act(next(c))}>
          {c.next ? own.notNext : own.next}
        </button>
        <button onClick={() => onStory(c.call)}>{own.story}</button>
      </p>
      {others.length > 0 && (
        <Group title={own.move}>
          <label class="inline">
            {own.moveTo}{" "}
            <select value={to} onChange={(e) => setTo(e.currentTarget.value)}>
              {others.map((o) => (
                <option key={o.name}>{o.name}</option>
              ))}
            </select>
          </label>
          <p class="choices">
            <button disabled={acting.busy || !to} onClick={() => void acting.act(move(c, q.name, to))}>
              {own.moveIt}
            </button>
          </p>
        </Group>
      )}
    </>
  );
}

const usualBreaks = ["break", "lunch", "meeting", "training"];

function AgentActs({
  a,
  listens,
  acting,
  breaks,
  onStory,
}: {
  a: LiveAgent;
  listens: boolean;
  acting: Acting;
  breaks: BreakNames;
  onStory: (call: string) => void;
}) {
  const reasons = Object.keys(breaks).length > 0 ? Object.keys(breaks) : usualBreaks;
  const [reason, setReason] = useState(reasons[0]!);
  const [heard, setHeard] = useState<LiveAgent | null>(listens && wasChosen(a) ? a : null); // as she was when it was opened
  return (
    <>
      <p>
        <span class={`chip ${standing(a)}`}>{standingWords(a, breaks)}</span> {since(a.gone ?? a.hold ?? a.since)}
        {a.call && (
          <button class="link" onClick={() => onStory(a.call!)}>
            {own.caller}
          </button>
        )}
      </p>
      {!heard && (
        <p>
          <ListenButton agent={a} onOpen={() => setHeard(a)} />
        </p>
      )}
      {heard && <Listen key={`${heard.agent} ${heard.call}`} agent={heard} onClose={() => setHeard(null)} />}
      {a.help && (
        <p class="banner bad">
          {own.help(since(a.help))}
          <button disabled={acting.busy} onClick={() => void acting.act(helped(a))}>
            {own.answerHelp}
          </button>
        </p>
      )}
      <Group title={own.awayTitle}>
        {a.set_by ? (
          <>
            <p>{own.setBy(a.set_by)}</p>
            <p class="choices">
              <button disabled={acting.busy} onClick={() => void acting.act(back(a))}>
                {own.makeBack}
              </button>
            </p>
          </>
        ) : (
          <>
            <label class="inline">
              {own.reason}{" "}
              <select value={reason} onChange={(e) => setReason(e.currentTarget.value)}>
                {reasons.map((r) => (
                  <option key={r} value={r}>
                    {breakName(r, breaks)}
                  </option>
                ))}
              </select>
            </label>
            <p class="choices">
              <button disabled={acting.busy} onClick={() => void acting.act(away(a, reason))}>
                {own.setAway}
              </button>
            </p>
          </>
        )}
        {a.leaving && <p>{own.leaving}</p>}
        <p class="choices">
          <button disabled={acting.busy} aria-pressed={a.leaving ?? false} onClick={() => void acting.act(leaving(a))}>
            {a.leaving ? own.stay : own.leave}
          </button>
        </p>
      </Group>
      <Today key={`${a.today} ${a.queues.join()}`} a={a} acting={acting} />
    </>
  );
}

/** skillsOf reads skills as people write them: german=8, refunds; a skill without a level is 5. */
export function skillsOf(text: string): Record<string, number> {
  const list = text.split(",").map((s) => s.trim().split("="));
  return Object.fromEntries(list.filter(([name]) => name).map(([name, level]) => [name!.trim(), Number(level?.trim() ?? 5)]));
}

function Today({ a, acting }: { a: LiveAgent; acting: Acting }) {
  const work = workOf(a);
  const [queues, setQueues] = useState(work.queues.join(", "));
  const [skills, setSkills] = useState(
    Object.entries(work.skills)
      .map(([name, level]) => `${name}=${level}`)
      .join(", "),
  );
  const chosen = {
    queues: queues
      .split(",")
      .map((q) => q.trim())
      .filter(Boolean),
    skills: skillsOf(skills),
  };
  return (
    <Group title={own.today}>
      <p class="hint">{a.today ? own.todayIs : own.todayHint}</p>
      <label class="stacked">
        {own.queues}
        <input value={queues} onInput={(e) => setQueues(e.currentTarget.value)} />
      </label>
      <label class="stacked">
        {own.skills}
        <input value={skills} onInput={(e) => setSkills(e.currentTarget.value)} />
      </label>
      <p class="choices">
        <button disabled={acting.busy} onClick={() => void acting.act(today(a, chosen))}>
          {own.assign}
        </button>
        {a.today && (
          <button disabled={acting.busy} onClick={() => void acting.act(today(a, null))}>
            {own.usual}
          </button>
        )}
      </p>
    </Group>
  );
}
