// What recordings are looked for by: who, when, how long, what about, and words of the
// agent's note. All that is asked is in the address.
import { query, type Live, type Me } from "./api";
import { useAnswer } from "./ask";
import { go, type Place } from "./place";
import { ownTexts, t } from "./texts";
import { dayOf, now } from "./time";

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

/** Search is the form of it. */
export function Search({ place, me }: { place: Place; me: Me }) {
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
      {leads && <People field={field} />}
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
function People({ field }: { field: Field }) {
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
