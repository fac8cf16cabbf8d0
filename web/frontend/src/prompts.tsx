// What the flow says, in whose voice, and how it sounds: the house's own words first,
// and apart from those that come with the program. A recording made by people takes
// the place of the machine's voice.
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { send, type Answer, type Prompt } from "./api";
import { useAnswer } from "./ask";
import { Wide } from "./parts";
import { Sound } from "./sound";
import { locale, ownTexts, t } from "./texts";
import { duration } from "./time";

const own = ownTexts({
  en: { search: "Search in name and text", house: "The house's own words", program: "Words of the program", none: "None has this.", all: "All languages" },
  es: {
    search: "Buscar en nombre y texto",
    house: "Las palabras de la casa",
    program: "Palabras del programa",
    none: "Ninguno lo tiene.",
    all: "Todos los idiomas",
  },
  ko: { search: "이름과 내용에서 찾기", house: "우리 회사의 안내", program: "프로그램의 안내", none: "해당하는 것이 없습니다.", all: "모든 언어" },
  ja: { search: "名前と内容で検索", house: "自社の案内", program: "プログラムの案内", none: "該当するものがありません。", all: "すべての言語" },
});

const pathOf = (p: Prompt) => `/api/v1/prompts/${encodeURIComponent(p.language)}/${encodeURIComponent(p.name)}`;

/** found are the prompts of a language ("": any) that have all words in name or text. */
export function found(list: Prompt[], language: string, words: string): Prompt[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((p) => {
    const text = `${p.name} ${p.text}`.toLowerCase();
    return (!language || p.language === language) && wanted.every((w) => text.includes(w));
  });
}

const byName = new Intl.Collator(locale, { numeric: true }).compare;

export function Prompts() {
  const list = useAnswer<Answer<"/api/v1/prompts">>("/api/v1/prompts");
  const [error, setError] = useState("");
  const [heard, setHeard] = useState(0); // changes the address, so that a new sound is fetched
  const [words, setWords] = useState("");
  const [language, setLanguage] = useState("");
  async function change(method: string, p: Prompt, body?: FormData) {
    setError("");
    try {
      await send(method, pathOf(p), body);
    } catch (e) {
      setError((e as Error).message);
    }
    setHeard((n) => n + 1);
    await list.again();
  }
  if (list.missing) return null;
  const said = error || list.error;
  const prompts = list.answer?.prompts ?? [];
  const languages = [...new Set(prompts.map((p) => p.language))].sort();
  const shown = found(prompts, language, words).sort((a, b) => byName(a.language, b.language) || byName(a.name, b.name));
  const line = (p: Prompt) => <Line key={pathOf(p)} p={p} heard={heard} onChange={(method, body) => void change(method, p, body)} />;
  const program = shown.filter((p) => !p.house);
  return (
    <section aria-labelledby="prompts-title">
      <div class="title-row">
        <h2 id="prompts-title">
          {t.prompts} <span class="count">{shown.length}</span>
        </h2>
        <input class="search" type="search" aria-label={own.search} placeholder={own.search} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
        {languages.length > 1 && (
          <select aria-label={t.language} value={language} onChange={(e) => setLanguage(e.currentTarget.value)}>
            <option value="">{own.all}</option>
            {languages.map((l) => (
              <option key={l}>{l}</option>
            ))}
          </select>
        )}
      </div>
      {said && (
        <p class="banner bad" role="alert">
          {said}
        </p>
      )}
      {list.answer && shown.length === 0 && <p class="card empty">{own.none}</p>}
      <Group title={own.house} id="prompts-house">
        {shown.filter((p) => p.house).map(line)}
      </Group>
      {program.length > 0 && (
        <details class="card" open={words !== ""}>
          <summary>
            {own.program} <span class="count">{program.length}</span>
          </summary>
          <Group title={own.program} id="prompts-program" plain>
            {program.map(line)}
          </Group>
        </details>
      )}
    </section>
  );
}

function Group({ title, id, plain, children }: { title: string; id: string; plain?: boolean; children: ComponentChild[] }) {
  if (children.length === 0) return null;
  return (
    <Wide title={id} kind={plain ? "" : "card"}>
      <h3 id={id} class={plain ? "hidden" : ""}>
        {title}
      </h3>
      <table class="prompts">
        <thead>
          <tr>
            <th>{t.language}</th>
            <th>{t.promptName}</th>
            <th>{t.saysText}</th>
            <th>{t.source}</th>
            <th class="num">{t.length}</th>
            <th>
              <span class="hidden">{t.record}</span>
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Wide>
  );
}

function Line({ p, heard, onChange }: { p: Prompt; heard: number; onChange: (method: string, body?: FormData) => void }) {
  function upload(input: HTMLInputElement) {
    const chosen = input.files?.[0];
    if (!chosen) return;
    const form = new FormData();
    form.set("sound", chosen);
    input.value = "";
    onChange("PUT", form);
  }
  return (
    <tr>
      <td>{p.language}</td>
      <th scope="row">{p.name}</th>
      <td class="text" lang={p.language}>
        {p.text}
      </td>
      <td>{t.sources[p.source] ?? p.source}</td>
      <td class="num">{duration(p.length_s * 1000)}</td>
      <td>
        <span class="choices">
          <Sound src={`${pathOf(p)}?take=${heard}`} of={`${p.name} ${p.language}`} />
          <label class="button">
            {t.record}
            <input class="hidden" type="file" accept="audio/*" aria-label={`${t.record}: ${p.name} ${p.language}`} onChange={(e) => upload(e.currentTarget)} />
          </label>
          {p.source === "recorded" && <button onClick={() => onChange("DELETE")}>{t.unrecord}</button>}
        </span>
      </td>
    </tr>
  );
}
