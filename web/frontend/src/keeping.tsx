// For how long what is kept, what a night has removed, what is on hold, and how full the disks are.
import { useState } from "preact/hooks";
import { send, type Answer } from "./api";
import { archiveTitle, sizeOf } from "./archive";
import { useAnswer } from "./ask";
import { EditRow, type Texts } from "./edit";
import { Wide } from "./parts";
import { ownTexts } from "./texts";
import { dayOf, daysName, moment } from "./time";

const own = ownTexts({
  en: {
    title: "How long what is kept",
    kind: "What",
    days: "Kept for",
    kinds: { messages: "Messages", recordings: "Recordings", numbers: "Numbers and names in facts", facts: "Facts" } as Record<string, string>,
    ofDays: (n: number) => (n === 0 ? "ever" : `${n} days`),
    last: "Last night",
    none: "No night has been yet.",
    removed: (m: number, r: number, c: number, months: string) =>
      `${m} messages and ${r} recordings removed, ${c} calls without numbers${months && `, facts of ${months} dropped`}`,
    held: (n: number) => `on hold: ${n}`,
    disk: "Disk",
    disks: { state: "Journal, logs, state", archive: "Archive", recordings: "Asterisk's recordings" } as Record<string, string>,
    free: (percent: number, size: string) => `${percent}% left, ${size}`,
    full: {
      unrecorded: "Below 5% (5 GB at most) nothing more is recorded; calls go on.",
      refuse: "Below 5% (5 GB at most) new calls are refused.",
    } as Record<string, string>,
    erased: (n: number) => `On the erasure list: ${n} numbers.`,
    holds: "On legal hold",
    hold: "Put on hold",
    of: "Caller's number, queue or id",
    reason: "Reason",
    by: "By",
    until: "Until",
    review: "Look again",
    release: "Release",
    sure: "Release this hold? What is old enough is removed the next night.",
    nothing: "Nothing is on hold.",
    holdKinds: { caller: "A caller", queue: "A queue", message: "A message", recording: "A recording" } as Record<string, string>,
    forGood: "it is released",
  },
  es: {
    title: "Cuánto se guarda",
    kind: "Qué",
    days: "Durante",
    kinds: { messages: "Mensajes", recordings: "Grabaciones", numbers: "Números y nombres en los hechos", facts: "Hechos" },
    ofDays: (n) => (n === 0 ? "siempre" : `${n} días`),
    last: "La última noche",
    none: "Aún no ha habido ninguna noche.",
    removed: (m, r, c, months) => `${m} mensajes y ${r} grabaciones eliminados, ${c} llamadas sin números${months && `, hechos de ${months} eliminados`}`,
    held: (n) => `retenidos: ${n}`,
    disk: "Disco",
    disks: { state: "Diario, registros, estado", archive: "Archivo", recordings: "Grabaciones de Asterisk" },
    free: (percent, size) => `queda ${percent} %, ${size}`,
    full: {
      unrecorded: "Por debajo del 5 % (5 GB como máximo) ya no se graba; las llamadas siguen.",
      refuse: "Por debajo del 5 % (5 GB como máximo) se rechazan las llamadas nuevas.",
    },
    erased: (n) => `En la lista de olvidados: ${n} números.`,
    holds: "Retención legal",
    hold: "Retener",
    of: "Número del llamante, cola o id",
    reason: "Motivo",
    by: "Por",
    until: "Hasta",
    review: "Revisar",
    release: "Levantar",
    sure: "¿Levantar esta retención? Lo que sea bastante antiguo se elimina la próxima noche.",
    nothing: "Nada está retenido.",
    holdKinds: { caller: "Un llamante", queue: "Una cola", message: "Un mensaje", recording: "Una grabación" },
    forGood: "que se levante",
  },
  ko: {
    title: "보관 기간",
    kind: "대상",
    days: "기간",
    kinds: { messages: "메시지", recordings: "녹음", numbers: "사실 속의 번호와 이름", facts: "사실" },
    ofDays: (n) => (n === 0 ? "계속" : `${n}일`),
    last: "지난밤",
    none: "아직 실행된 밤이 없습니다.",
    removed: (m, r, c, months) => `메시지 ${m}건과 녹음 ${r}건 삭제, 통화 ${c}건의 번호 제거${months && `, ${months}의 사실 삭제`}`,
    held: (n) => `보존 중: ${n}`,
    disk: "디스크",
    disks: { state: "저널, 로그, 상태", archive: "보관소", recordings: "Asterisk 녹음" },
    free: (percent, size) => `${percent}% 남음, ${size}`,
    full: { unrecorded: "5%(최대 5 GB) 아래에서는 더 녹음하지 않으며, 통화는 계속됩니다.", refuse: "5%(최대 5 GB) 아래에서는 새 전화를 거절합니다." },
    erased: (n) => `삭제 목록의 번호: ${n}개.`,
    holds: "법적 보존",
    hold: "보존하기",
    of: "고객 번호, 대기열 또는 ID",
    reason: "사유",
    by: "지정한 사람",
    until: "기한",
    review: "재검토",
    release: "해제",
    sure: "이 보존을 해제할까요? 오래된 것은 다음 밤에 삭제됩니다.",
    nothing: "보존 중인 것이 없습니다.",
    holdKinds: { caller: "고객", queue: "대기열", message: "메시지", recording: "녹음" },
    forGood: "해제될 때까지",
  },
  ja: {
    title: "保管期間",
    kind: "対象",
    days: "期間",
    kinds: { messages: "伝言", recordings: "録音", numbers: "事実の中の番号と名前", facts: "事実" },
    ofDays: (n) => (n === 0 ? "無期限" : `${n} 日`),
    last: "昨夜",
    none: "まだ実行された夜はありません。",
    removed: (m, r, c, months) => `伝言 ${m} 件と録音 ${r} 件を削除、通話 ${c} 件の番号を除去${months && `、${months} の事実を削除`}`,
    held: (n) => `保全中: ${n}`,
    disk: "ディスク",
    disks: { state: "ジャーナル・ログ・状態", archive: "アーカイブ", recordings: "Asterisk の録音" },
    free: (percent, size) => `残り ${percent}%、${size}`,
    full: { unrecorded: "5%（最大5 GB）を下回ると録音しません。通話は続きます。", refuse: "5%（最大5 GB）を下回ると新しい電話を断ります。" },
    erased: (n) => `消去リストの番号: ${n} 件。`,
    holds: "法的保全",
    hold: "保全する",
    of: "発信者の番号、キュー、または ID",
    reason: "理由",
    by: "指定者",
    until: "期限",
    review: "見直し",
    release: "解除",
    sure: "この保全を解除しますか。古いものは次の夜に削除されます。",
    nothing: "保全中のものはありません。",
    holdKinds: { caller: "発信者", queue: "キュー", message: "伝言", recording: "録音" },
    forGood: "解除まで",
  },
});

export function Keeping() {
  const { answer: is, error } = useAnswer<Answer<"/api/v1/retention">>("/api/v1/retention");
  if (!is) return error ? <p class="banner bad">{error}</p> : null;
  return (
    <section aria-labelledby="keeping-title">
      <h2 id="keeping-title">{own.title}</h2>
      <Wide title="keeping-title">
        <table class="keeping">
          <thead>
            <tr>
              <th>{own.kind}</th>
              <th>{own.days}</th>
            </tr>
          </thead>
          <tbody>
            {is.rules.map((r) => (
              <tr key={r.kind + r.queue}>
                <th scope="row">
                  {own.kinds[r.kind]} {r.queue && <span class="chip">{r.queue}</span>}
                </th>
                <td>{own.ofDays(r.days)}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">{own.last}</th>
              <td class="last-night">
                {is.last ? (
                  <>
                    <time dateTime={is.last.began_at}>{moment(is.last.began_at)}</time>:{" "}
                    {own.removed(is.last.removed.messages.length, is.last.removed.recordings.length, is.last.removed.calls, is.last.removed.months.join(", "))};{" "}
                    {own.held(is.last.removed.held)}
                    {is.last.error && <strong class="bad"> {is.last.error}</strong>}
                  </>
                ) : (
                  own.none
                )}
              </td>
            </tr>
            {is.disks.map((d) => (
              <tr key={d.name} class={d.level ? "bad" : ""}>
                <th scope="row">
                  {own.disk}: {own.disks[d.name]}
                </th>
                <td>{own.free(Math.floor((100 * d.free) / d.total), sizeOf(d.free))}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="hint">
          {own.full[is.disk_full]} {own.erased(is.erased)} <a href="/archive">{archiveTitle}</a>
        </p>
      </Wide>
      <Holds />
    </section>
  );
}

/** dayOfMoment is the day of a moment, with its year: a hold lasts. */
function dayOfMoment(at: string): string {
  const day = dayOf(Date.parse(at));
  return daysName(day, day);
}

function Holds() {
  const { answer, error, again } = useAnswer<Answer<"/api/v1/holds">>("/api/v1/holds");
  const [adding, setAdding] = useState(false);
  const [refused, setRefused] = useState("");
  async function release(id: string) {
    setRefused("");
    try {
      await send("DELETE", `/api/v1/holds/${encodeURIComponent(id)}`);
    } catch (e) {
      setRefused((e as Error).message);
    }
    await again();
  }
  async function save(text: Texts) {
    const until = text("until") && new Date(`${text("until")}T23:59:59`).toISOString();
    await send("POST", "/api/v1/holds", { kind: text("kind"), of: text("of").trim(), reason: text("reason").trim(), until: until || null });
  }
  const list = answer?.holds ?? [];
  return (
    <>
      <div class="title-row">
        <h3 id="holds-title">{own.holds}</h3>
        <button onClick={() => setAdding(true)}>{own.hold}</button>
      </div>
      {(error || refused) && (
        <p class="banner bad" role="alert">
          {error || refused}
        </p>
      )}
      <Wide title="holds-title">
        {answer && list.length === 0 && !adding && <p class="empty">{own.nothing}</p>}
        {(list.length > 0 || adding) && (
          <table class="holds">
            <thead>
              <tr>
                <th>{own.kind}</th>
                <th>{own.reason}</th>
                <th>{own.by}</th>
                <th>{own.until}</th>
                <th>{own.review}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {adding && (
                <EditRow head={own.hold} columns={5} save={save} onSaved={again} onClose={() => setAdding(false)}>
                  <label>
                    {own.kind}
                    <select name="kind">
                      {Object.entries(own.holdKinds).map(([kind, word]) => (
                        <option key={kind} value={kind}>
                          {word}
                        </option>
                      ))}
                    </select>
                  </label>
                  <label>
                    {own.of}
                    <input name="of" required maxLength={200} autoComplete="off" />
                  </label>
                  <label class="wide">
                    {own.reason}
                    <input name="reason" required maxLength={300} autoComplete="off" />
                  </label>
                  <label>
                    {own.until}
                    <input name="until" type="date" />
                  </label>
                </EditRow>
              )}
              {list.map((h) => (
                <tr key={h.id}>
                  <th scope="row">
                    {own.holdKinds[h.kind]}: {h.of}
                  </th>
                  <td>{h.reason}</td>
                  <td>{h.by}</td>
                  <td>{h.until ? dayOfMoment(h.until) : own.forGood}</td>
                  <td>{dayOfMoment(h.review)}</td>
                  <td>
                    <button onClick={() => confirm(own.sure) && void release(h.id)} aria-label={`${own.release}: ${h.of}`}>
                      {own.release}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Wide>
    </>
  );
}
