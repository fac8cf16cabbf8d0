// What is kept of somebody who has called: given to them, or forgotten.
import { useEffect, useState } from "preact/hooks";
import { Refusal, send, type Answer } from "./api";
import { useAnswer } from "./ask";
import type { Forgetting, Person } from "./openapi";
import { ownTexts, t } from "./texts";
import { percent } from "./time";

const own = ownTexts({
  en: {
    title: "A person who asks",
    numbers: "All numbers of the person",
    why: "Reason, for the audit",
    find: "What is kept?",
    give: "Download all of it",
    forget: "Forget the person",
    nothing: "Nothing is known under these numbers.",
    known: "Known as",
    kinds: {
      calls: ["call", "calls"],
      outgoing: ["call to them", "calls to them"],
      callbacks: ["callback", "callbacks"],
      messages: ["message", "messages"],
      recordings: ["recording", "recordings"],
      notes: ["note", "notes"],
    } as Record<Kind, [one: string, several: string]>,
    open: (n: number) => `${n} of the callbacks wait; they are cancelled first.`,
    holds: (reason: string, by: string) => `On legal hold, by ${by}: ${reason}. Nothing is forgotten until that is released.`,
    held: (n: number) => `On hold, and kept: ${n} messages and recordings.`,
    sure: "Forget this person? Messages and recordings are removed, and number, name and notes can never be brought back. The counts of the reports stay.",
    done: (facts: number, files: number) => `Forgotten: ${facts} facts and ${files} files have a stand-in in the place of the number.`,
    searching: "A person is being forgotten. First all the books are searched; until that is over nothing is changed. It goes on when you leave this page.",
    searched: (share: string) => `${share} searched`,
    again: (why: string) => `It is tried again: ${why}`,
    hint: "Numbers with commas between them. Backups still have the person until they are too old; a restore forgets again.",
  },
  es: {
    title: "Una persona que lo pide",
    numbers: "Todos los números de la persona",
    why: "Motivo, para la auditoría",
    find: "¿Qué se guarda?",
    give: "Descargarlo todo",
    forget: "Olvidar a la persona",
    nothing: "No se conoce nada con estos números.",
    known: "Conocida como",
    kinds: {
      calls: ["llamada", "llamadas"],
      outgoing: ["llamada a ella", "llamadas a ella"],
      callbacks: ["devolución", "devoluciones"],
      messages: ["mensaje", "mensajes"],
      recordings: ["grabación", "grabaciones"],
      notes: ["nota", "notas"],
    },
    open: (n) => `${n} de las devoluciones esperan; se anulan antes.`,
    holds: (reason, by) => `Retención legal, por ${by}: ${reason}. No se olvida nada hasta que se levante.`,
    held: (n) => `Retenidos, y se guardan: ${n} mensajes y grabaciones.`,
    sure: "¿Olvidar a esta persona? Los mensajes y grabaciones se eliminan, y el número, el nombre y las notas no se pueden recuperar nunca. Los recuentos de los informes quedan.",
    done: (facts, files) => `Olvidada: ${facts} hechos y ${files} archivos tienen un sustituto en lugar del número.`,
    searching: "Se está olvidando a una persona. Antes se buscan todos los libros; hasta entonces nada cambia. Sigue aunque deje esta página.",
    searched: (share) => `${share} buscado`,
    again: (why) => `Se intenta de nuevo: ${why}`,
    hint: "Números separados por comas. Las copias de seguridad aún tienen a la persona hasta que caducan; una restauración la olvida de nuevo.",
  },
  ko: {
    title: "요청하는 사람",
    numbers: "그 사람의 모든 번호",
    why: "사유 (감사용)",
    find: "무엇이 보관되어 있나요?",
    give: "모두 내려받기",
    forget: "이 사람 삭제",
    nothing: "이 번호로 알려진 것이 없습니다.",
    known: "이름",
    kinds: both({ calls: "통화", outgoing: "그 사람에게 건 전화", callbacks: "콜백", messages: "메시지", recordings: "녹음", notes: "메모" }),
    open: (n) => `콜백 ${n}건이 대기 중이며, 먼저 취소됩니다.`,
    holds: (reason, by) => `${by} 님의 법적 보존: ${reason}. 해제될 때까지 아무것도 삭제되지 않습니다.`,
    held: (n) => `보존되어 남는 것: 메시지와 녹음 ${n}건.`,
    sure: "이 사람을 삭제할까요? 메시지와 녹음이 제거되고, 번호와 이름과 메모는 결코 되돌릴 수 없습니다. 보고서의 수치는 그대로 남습니다.",
    done: (facts, files) => `삭제됨: 사실 ${facts}건과 파일 ${files}개의 번호가 대체되었습니다.`,
    searching: "한 사람을 삭제하고 있습니다. 먼저 모든 장부를 검색하며, 끝날 때까지 아무것도 바뀌지 않습니다. 이 페이지를 떠나도 계속됩니다.",
    searched: (share) => `${share} 검색됨`,
    again: (why) => `다시 시도합니다: ${why}`,
    hint: "번호는 쉼표로 구분합니다. 백업에는 만료될 때까지 남아 있으며, 복원하면 다시 삭제됩니다.",
  },
  ja: {
    title: "本人からの請求",
    numbers: "本人のすべての番号",
    why: "理由（監査用）",
    find: "何が保管されているか",
    give: "すべてダウンロード",
    forget: "この人を消去する",
    nothing: "これらの番号では何も知られていません。",
    known: "名前",
    kinds: both({ calls: "通話", outgoing: "本人への発信", callbacks: "折り返し", messages: "伝言", recordings: "録音", notes: "メモ" }),
    open: (n) => `折り返し ${n} 件が待っています。先に取り消されます。`,
    holds: (reason, by) => `${by} による法的保全: ${reason}。解除されるまで何も消去されません。`,
    held: (n) => `保全により残るもの: 伝言と録音 ${n} 件。`,
    sure: "この人を消去しますか。伝言と録音は削除され、番号・名前・メモは二度と戻せません。レポートの件数は残ります。",
    done: (facts, files) => `消去しました: ${facts} 件の事実と ${files} 個のファイルで番号が置き換えられました。`,
    searching: "ある人を消去しています。まずすべての帳簿を検索し、終わるまで何も変わりません。このページを離れても続きます。",
    searched: (share) => `${share} 検索済み`,
    again: (why) => `もう一度試みます: ${why}`,
    hint: "番号はコンマで区切ります。バックアップには期限まで残り、復元すると再び消去されます。",
  },
});

/** both are words of a language in which one and several are the same. */
function both(words: Record<Kind, string>): Record<Kind, [string, string]> {
  return Object.fromEntries(Object.entries(words).map(([kind, word]) => [kind, [word, word]])) as Record<Kind, [string, string]>;
}

type Kind = "calls" | "outgoing" | "callbacks" | "messages" | "recordings" | "notes";
const kinds: Kind[] = ["calls", "outgoing", "callbacks", "messages", "recordings", "notes"];

export function Persons() {
  const [asked, setAsked] = useState({ numbers: [] as string[], why: "" });
  const [found, setFound] = useState<Person | null>(null);
  const [said, setSaid] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [watched, setWatched] = useState(""); // when what goes on began, as far as this page knows
  const asking = useAnswer<Answer<"/api/v1/persons/forget">>("/api/v1/persons/forget", watched ? 1000 : 15_000);
  const last = asking.answer?.forgetting ?? null;
  const going = last && !last.ended_at ? last : null;
  useEffect(() => {
    if (going) setWatched(going.began_at);
    else if (last && last.began_at === watched) {
      setWatched("");
      tell(last);
    }
  }, [last?.began_at, !!going]);

  function tell(is: Forgetting) {
    if (is.done) setSaid(own.done(is.done.facts, is.done.files));
    else setError(is.error);
  }

  /** run does one thing at a time, and says what came of it. */
  async function run(act: () => Promise<void>) {
    setError("");
    setSaid("");
    setBusy(true);
    try {
      await act();
    } catch (e) {
      setError((e as Error).message);
    }
    setBusy(false);
  }
  const find = (question: typeof asked) =>
    run(async () => {
      setAsked(question);
      setFound(await send<Person>("POST", "/api/v1/persons/find", question));
    });
  const give = () => run(() => download(asked));
  const forget = () =>
    run(async () => {
      if (!confirm(own.sure)) return;
      const is = await send<Forgetting>("POST", "/api/v1/persons/forget", asked);
      setFound(null);
      if (is.ended_at) tell(is);
      else await asking.again();
    });
  const known = found && kinds.some((k) => found[k] > 0);
  return (
    <section aria-labelledby="persons-title">
      <h2 id="persons-title">{own.title}</h2>
      <div class="card persons">
        <form
          class="asks"
          onSubmit={(e) => {
            e.preventDefault();
            const form = new FormData(e.currentTarget);
            const numbers = String(form.get("numbers") ?? "").split(",");
            void find({ numbers: numbers.map((n) => n.trim()).filter(Boolean), why: String(form.get("why") ?? "").trim() });
          }}
        >
          <label class="wide">
            {own.numbers}
            <input name="numbers" type="text" inputMode="tel" autoComplete="off" required />
          </label>
          <label class="wide">
            {own.why}
            <input name="why" maxLength={300} autoComplete="off" />
          </label>
          <span class="choices">
            <button class="primary" type="submit" disabled={busy}>
              {own.find}
            </button>
          </span>
        </form>
        {error && (
          <p class="banner bad" role="alert">
            {error}
          </p>
        )}
        <div role="status">
          {said && <p class="banner made">{said}</p>}
          {going && <Going is={going} />}
          {found && !known && <p>{own.nothing}</p>}
          {known && <Found person={found} />}
        </div>
        {known && (
          <p class="choices">
            <button onClick={give} disabled={busy}>
              {own.give}
            </button>{" "}
            <button onClick={forget} disabled={busy || !!going || found.holds.length > 0}>
              {own.forget}
            </button>
          </p>
        )}
        <p class="hint">{own.hint}</p>
      </div>
    </section>
  );
}

function Going({ is }: { is: Forgetting }) {
  return (
    <>
      <p>{own.searching}</p>
      {is.of > 0 && (
        <p>
          <progress max={is.of} value={is.read} aria-label={own.title} /> {own.searched(percent(is.read / is.of))}
        </p>
      )}
      {is.error && <p class="banner bad">{own.again(is.error)}</p>}
    </>
  );
}

function Found({ person: p }: { person: Person }) {
  return (
    <>
      <p>
        <strong>{p.numbers.join(", ")}</strong>
        {p.names.length > 0 && ` · ${own.known} ${p.names.join(", ")}`}
      </p>
      <ul class="kept">
        {kinds
          .filter((k) => p[k] > 0)
          .map((k) => (
            <li key={k}>
              <strong>{p[k]}</strong> {own.kinds[k][p[k] === 1 ? 0 : 1]}
            </li>
          ))}
      </ul>
      {p.open > 0 && <p>{own.open(p.open)}</p>}
      {p.holds.map((h) => (
        <p key={h.id} class="banner bad">
          {own.holds(h.reason, h.by)}
        </p>
      ))}
      {p.held.length > 0 && <p>{own.held(p.held.length)}</p>}
    </>
  );
}

/** download saves the zip. It is asked for with the number in the body, so no link can have it. */
async function download(asked: { numbers: string[]; why: string }) {
  const response = await fetch("/api/v1/persons/export", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
  });
  if (!response.ok) {
    const answer = (await response.json().catch(() => ({}))) as { error?: string };
    throw new Refusal(response.status, answer.error ?? t.noServer, answer);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = "person.zip";
  link.click();
  URL.revokeObjectURL(link.href);
}
