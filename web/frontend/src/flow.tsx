// The flow: a new version is checked, read again, and published; an old one
// can be brought back. Calls in progress stay on the version they began with.
import { useRef, useState } from "preact/hooks";
import { Refusal, send, type Answer, type Finding, type FlowCheck, type FlowNow, type FlowVersion, type Me } from "./api";
import { useAnswer } from "./ask";
import { FindingList } from "./findings";
import { Header } from "./frame";
import { Prompts } from "./prompts";
import { ownTexts, t } from "./texts";
import { moment } from "./time";

const own = ownTexts({ en: { file: "the flow file" }, es: { file: "el archivo del flujo" }, ko: { file: "흐름 파일" }, ja: { file: "フローファイル" } });

/** publisher is who published a flow: a user, or the file that the program was started with. */
export const publisher = (by: string) => (by === "file" ? own.file : by);

export function FlowPage({ me }: { me: Me }) {
  const flow = useAnswer<FlowNow>("/api/v1/flow");
  const versions = useAnswer<Answer<"/api/v1/flow/versions">>("/api/v1/flow/versions");
  const [text, setText] = useState("");
  const [checked, setChecked] = useState<{ text: string; check: FlowCheck } | null>(null);
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const now = flow.answer;

  function change(next: string) {
    setText(next);
    setSaid(null);
  }
  async function ask(work: () => Promise<void>) {
    setBusy(true);
    setSaid(null);
    try {
      await work();
    } catch (e) {
      setSaid({ text: (e as Error).message, bad: true });
      const answer = e instanceof Refusal ? (e.answer as Partial<FlowCheck> | undefined) : undefined;
      if (answer?.findings) setChecked({ text, check: answer as FlowCheck });
    }
    setBusy(false);
  }
  const file = (s: string) => new Blob([s], { type: "application/yaml" });
  const check = () => ask(async () => setChecked({ text, check: await send<FlowCheck>("POST", "/api/v1/flow/check", file(text)) }));
  const publish = () =>
    ask(async () => {
      await send<FlowCheck>("PUT", "/api/v1/flow", file(text), { "If-Match": `"${now?.version ?? ""}"` });
      setChecked(null);
      setText("");
      await Promise.all([flow.again(), versions.again()]);
      setSaid({ text: t.published, bad: false });
    });
  const look = (version: string) =>
    ask(async () => {
      const response = await fetch(`/api/v1/flow/versions/${encodeURIComponent(version)}`);
      if (!response.ok) throw new Error(((await response.json()) as { error: string }).error);
      change(await response.text());
      setChecked(null);
      area.current?.focus();
    });

  const fresh = checked?.text === text && text !== "";
  return (
    <>
      <Header me={me} />
      <main class="floor">
        {flow.error && (
          <p class="banner bad" role="alert">
            {flow.missing ? t.notHere : flow.error}
          </p>
        )}
        <section aria-labelledby="served-title">
          <h1 id="served-title">{t.served}</h1>
          {now && (
            <div class="card">
              <p>
                <code>{now.version.slice(0, 12)}</code> · {moment(now.published_at)} · {t.publishedBy(publisher(now.published_by))}
                {now.profiles.map((p) => (
                  <span class="chip" key={p}>
                    {p}
                  </span>
                ))}
              </p>
              {now.alarm && (
                <p class="banner bad" role="alert">
                  {t.notServed} {now.alarm}
                </p>
              )}
            </div>
          )}
        </section>
        {now && (
          <section aria-labelledby="new-title">
            <h2 id="new-title">{t.newFlow}</h2>
            {said && (
              <p class={`banner ${said.bad ? "bad" : ""}`} role="alert">
                {said.text}
              </p>
            )}
            <div class="card stack">
              <span class="choices">
                <label class="button">
                  {t.chooseFile}
                  <input class="hidden" type="file" accept=".yaml,.yml" onChange={(e) => void pick(e.currentTarget, change)} />
                </label>
                <button disabled={busy || text === ""} onClick={() => void check()}>
                  {t.check}
                </button>
                <button class="primary" disabled={busy || !fresh || checked.check.refused} onClick={() => void publish()}>
                  {t.publish}
                </button>
              </span>
              <label>
                <span class="hidden">{t.flowText}</span>
                <textarea
                  ref={area}
                  class="code"
                  rows={12}
                  spellcheck={false}
                  value={text}
                  placeholder={t.flowText}
                  onInput={(e) => change(e.currentTarget.value)}
                />
              </label>
              {fresh && <Checked check={checked.check} onGo={(f) => area.current && goTo(area.current, f)} />}
            </div>
          </section>
        )}
        {versions.answer && now && (
          <section aria-labelledby="history-title">
            <h2 id="history-title">{t.history}</h2>
            <History versions={versions.answer.versions} present={now.version} onLook={look} />
          </section>
        )}
        <Prompts />
      </main>
    </>
  );
}

async function pick(input: HTMLInputElement, onText: (s: string) => void) {
  const chosen = input.files?.[0];
  if (chosen) onText(await chosen.text());
  input.value = ""; // so that the same file can be chosen again
}

/** goTo puts the cursor where a finding is. */
function goTo(area: HTMLTextAreaElement, f: Finding) {
  const lines = area.value.split("\n");
  const at = lines.slice(0, f.line - 1).reduce((n, l) => n + l.length + 1, 0) + Math.max(0, f.column - 1);
  area.focus();
  area.setSelectionRange(at, at + Math.max(0, (lines[f.line - 1]?.length ?? 0) - f.column + 1));
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, f.line - 4);
}

function Checked({ check, onGo }: { check: FlowCheck; onGo: (f: Finding) => void }) {
  return (
    <div aria-live="polite">
      <h3>
        {t.findings} <span class="count">{check.findings.length}</span>
      </h3>
      {check.refused && <p class="bad">{t.refusedFlow}</p>}
      {check.findings.length === 0 ? <p>{t.noFindings}</p> : <FindingList findings={check.findings} onGo={onGo} />}
    </div>
  );
}

interface HistoryProps {
  versions: FlowVersion[];
  present: string;
  onLook: (version: string) => void;
}

function History({ versions, present, onLook }: HistoryProps) {
  return (
    <div class="card scroll">
      <table class="versions">
        <thead>
          <tr>
            <th>{t.version}</th>
            <th>{t.publishedAt}</th>
            <th>{t.by}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {versions.map((v, i) => (
            <tr key={`${v.version} ${v.published_at}`}>
              <td>
                <code>{v.version.slice(0, 12)}</code>
              </td>
              <td>{moment(v.published_at)}</td>
              <td>{publisher(v.published_by)}</td>
              <td>
                {i === 0 && v.version === present ? `${t.presentOne} ` : ""}
                <button onClick={() => onLook(v.version)}>{t.look}</button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
