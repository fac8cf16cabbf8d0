// Recordings are found: by who, when, how long, what about, and words of the agent's note.
// All that is asked is in the address.
import { query, type Answer, type Live, type Me, type Recording } from "./api";
import { archiveTitle } from "./archive";
import { useAnswer } from "./ask";
import { Header } from "./frame";
import { go, usePlace, type Place } from "./place";
import { RecordingPanel } from "./recordingpanel";
import { stateWords, words } from "./recordingwords";
import { ownTexts, t } from "./texts";
import { dayOf, duration, moment, now } from "./time";

const own = ownTexts({
  en: {
    number: "Number, or its last digits",
    name: "Caller's name",
    from: "From",
    to: "To",
    least: "At least, minutes",
    most: "At most, minutes",
    code: "Code",
    note: "Words of the note",
    absent: "What was not recorded",
    any: "any",
    search: "Search",
    clear: "Everything",
    when: "When",
    length: "Length",
    comments: (n: number) => (n === 1 ? "1 comment" : `${n} comments`),
    none: "Nothing was found.",
    off: "Talks are recorded where the flow says so, with recording:.",
    older: "Older",
    newest: "The newest",
  },
  es: {
    number: "Número, o sus últimas cifras",
    name: "Nombre de quien llama",
    from: "Desde",
    to: "Hasta",
    least: "Minutos, al menos",
    most: "Minutos, como mucho",
    code: "Código",
    note: "Palabras de la nota",
    absent: "Lo que no se grabó",
    any: "cualquiera",
    search: "Buscar",
    clear: "Todo",
    when: "Cuándo",
    length: "Duración",
    comments: (n) => (n === 1 ? "1 comentario" : `${n} comentarios`),
    none: "No se encontró nada.",
    off: "Se graba donde lo dice el flujo, con recording:.",
    older: "Más antiguas",
    newest: "Las más recientes",
  },
  ko: {
    number: "번호 또는 끝자리",
    name: "고객 이름",
    from: "시작",
    to: "끝",
    least: "최소(분)",
    most: "최대(분)",
    code: "코드",
    note: "메모의 낱말",
    absent: "녹음되지 않은 통화",
    any: "전체",
    search: "찾기",
    clear: "모두",
    when: "시각",
    length: "길이",
    comments: (n) => `의견 ${n}개`,
    none: "찾은 것이 없습니다.",
    off: "녹음은 플로우의 recording:에 적힌 곳에서만 합니다.",
    older: "이전",
    newest: "최신",
  },
  ja: {
    number: "番号、または末尾の数字",
    name: "お客様の名前",
    from: "開始",
    to: "終了",
    least: "最短（分）",
    most: "最長（分）",
    code: "コード",
    note: "メモの言葉",
    absent: "録音されなかった通話",
    any: "すべて",
    search: "検索",
    clear: "すべて表示",
    when: "日時",
    length: "長さ",
    comments: (n) => `コメント${n}件`,
    none: "見つかりませんでした。",
    off: "録音は、フローの recording: に書かれた通話だけです。",
    older: "さらに前",
    newest: "最新へ",
  },
});

const asked = ["number", "name", "agent", "queue", "from", "to", "outcome", "code", "note", "absent"];

/** searchOf is what an address asks the API. Lengths are in minutes there. */
export function searchOf(place: Place): string {
  const seconds = (name: string) => {
    const n = Number.parseFloat(place.get(name));
    return n >= 0 ? String(Math.round(n * 60)) : undefined;
  };
  const q = Object.fromEntries(asked.map((name) => [name, place.get(name)]));
  return query({ ...q, length_from_s: seconds("least"), length_to_s: seconds("most"), before: place.get("before") });
}

export function RecordingsPage({ me }: { me: Me }) {
  const place = usePlace();
  const { answer, error } = useAnswer<Answer<"/api/v1/recordings">>(`/api/v1/recordings?${searchOf(place)}`, 60_000);
  const list = answer?.recordings ?? [];
  const newest = place.href({ before: undefined });
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="recordings-title">
          <div class="title-row">
            <h1 id="recordings-title">{words.title}</h1>
            {me.role === "admin" && (
              <a class="button" href="/archive">
                {archiveTitle}
              </a>
            )}
          </div>
          <Search key={place.href({ recording: undefined, t: undefined, before: undefined })} place={place} me={me} />
          {error && (
            <p class="banner bad" role="alert">
              {error}
            </p>
          )}
          <div class="card scroll">
            {answer && list.length === 0 && (
              <p class="empty">
                {own.none} {own.off}
              </p>
            )}
            {list.length > 0 && <List list={list} place={place} />}
            {(place.get("before") || answer?.before) && (
              <nav class="pages" aria-label={words.title}>
                {place.get("before") ? (
                  <a class="button small" href={newest}>
                    ← {own.newest}
                  </a>
                ) : (
                  <span />
                )}
                {answer?.before && (
                  <a class="button small" href={place.href({ before: answer.before })} rel="next">
                    {own.older} →
                  </a>
                )}
              </nav>
            )}
          </div>
        </section>
      </main>
      {place.get("recording") && <RecordingPanel key={place.get("recording")} place={place} me={me} />}
    </>
  );
}

function Search({ place, me }: { place: Place; me: Me }) {
  const leads = me.role !== "agent";
  function search(e: Event) {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const changes = Object.fromEntries([...asked, "least", "most"].map((name) => [name, String(form.get(name) ?? "").trim()]));
    go(place.href({ ...changes, before: undefined, recording: undefined, t: undefined }));
  }
  const field = (name: string, label: string, more: Record<string, string> = {}) => (
    <label>
      {label}
      <input name={name} defaultValue={place.get(name)} {...more} />
    </label>
  );
  return (
    <form class="search card" role="search" onSubmit={search}>
      {field("number", own.number, { type: "search", inputMode: "tel" })}
      {field("name", own.name)}
      {leads && <People place={place} field={field} />}
      {field("from", own.from, { type: "date", max: dayOf(now()) })}
      {field("to", own.to, { type: "date", max: dayOf(now()) })}
      {field("least", own.least, { type: "number", min: "0", step: "any" })}
      {field("most", own.most, { type: "number", min: "0", step: "any" })}
      <label>
        {t.outcome}
        <select name="outcome">
          <option value="">{own.any}</option>
          {["answered", "transferred_out", "system_failure"].map((o) => (
            <option key={o} value={o} selected={place.get("outcome") === o}>
              {t.outcomes[o]}
            </option>
          ))}
        </select>
      </label>
      {field("code", own.code)}
      {field("note", own.note)}
      <label class="tick">
        <input type="checkbox" name="absent" value="true" defaultChecked={place.get("absent") === "true"} /> {own.absent}
      </label>
      <span class="row">
        <button type="submit" class="primary">
          {own.search}
        </button>
        <a class="button" href={place.path}>
          {own.clear}
        </a>
      </span>
    </form>
  );
}

type Field = (name: string, label: string, more?: Record<string, string>) => preact.JSX.Element;

/** People are the queues and agents of today, to choose from; others can be written. */
function People({ field }: { place: Place; field: Field }) {
  const { answer } = useAnswer<Live>("/api/v1/live", 600_000);
  return (
    <>
      {field("agent", t.agent, { list: "agents" })}
      {field("queue", t.queue, { list: "queues" })}
      <datalist id="agents">
        {answer?.agents.map((a) => (
          <option key={a.agent} value={a.agent} />
        ))}
      </datalist>
      <datalist id="queues">
        {answer?.queues.map((q) => (
          <option key={q.name} value={q.name} />
        ))}
      </datalist>
    </>
  );
}

function List({ list, place }: { list: Recording[]; place: Place }) {
  return (
    <table class="recordings">
      <thead>
        <tr>
          <th>{own.when}</th>
          <th>{t.caller}</th>
          <th>{t.queue}</th>
          <th>{t.agent}</th>
          <th class="num">{own.length}</th>
          <th>{t.outcome}</th>
          <th>{own.code}</th>
          <th>{t.note}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((r) => (
          <tr key={r.id}>
            <td>
              <a href={place.href({ recording: r.id, t: undefined })}>{moment(r.joined_at)}</a>
            </td>
            <td>{r.name ? `${r.name} · ${r.number}` : r.number || t.unknownCaller}</td>
            <td>{r.queue}</td>
            <td>{r.agent}</td>
            <td class="num">{r.length_s === null ? "" : duration(r.length_s * 1000)}</td>
            <td>{r.state === "kept" ? (t.outcomes[r.outcome] ?? t.words[r.outcome] ?? r.outcome) : stateWords(r)}</td>
            <td>{r.code}</td>
            <td class="text">{[r.note, r.comments > 0 && own.comments(r.comments)].filter(Boolean).join(" · ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
