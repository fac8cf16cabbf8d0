// What the flow says, in whose voice, and how it sounds. A recording made by
// people takes the place of the machine's voice.
import { useState } from "preact/hooks";
import { send, type Answer, type Prompt } from "./api";
import { useAnswer } from "./ask";
import { Sound } from "./sound";
import { t } from "./texts";
import { duration } from "./time";

const pathOf = (p: Prompt) => `/api/v1/prompts/${encodeURIComponent(p.language)}/${encodeURIComponent(p.name)}`;

export function Prompts() {
  const list = useAnswer<Answer<"/api/v1/prompts">>("/api/v1/prompts");
  const [error, setError] = useState("");
  const [heard, setHeard] = useState(0); // changes the address, so that a new sound is fetched
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
  function upload(p: Prompt, input: HTMLInputElement) {
    const chosen = input.files?.[0];
    if (!chosen) return;
    const form = new FormData();
    form.set("sound", chosen);
    input.value = "";
    void change("PUT", p, form);
  }
  if (list.missing) return null;
  const said = error || list.error;
  return (
    <section aria-labelledby="prompts-title">
      <h2 id="prompts-title">{t.prompts}</h2>
      {said && (
        <p class="banner bad" role="alert">
          {said}
        </p>
      )}
      <div class="card scroll">
        <table class="prompts">
          <thead>
            <tr>
              <th>{t.language}</th>
              <th>{t.promptName}</th>
              <th>{t.saysText}</th>
              <th>{t.source}</th>
              <th class="num">{t.length}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {list.answer?.prompts.map((p) => (
              <tr key={pathOf(p)}>
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
                      <input
                        class="hidden"
                        type="file"
                        accept="audio/*"
                        aria-label={`${t.record}: ${p.name} ${p.language}`}
                        onChange={(e) => upload(p, e.currentTarget)}
                      />
                    </label>
                    {p.source === "recorded" && <button onClick={() => void change("DELETE", p)}>{t.unrecord}</button>}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
