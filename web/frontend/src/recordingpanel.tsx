// One recording, in a panel with an address of its own: what is known of it, its player,
// what people write at its seconds, and who has heard it.
import { useState } from "preact/hooks";
import { send, type Answer, type Me } from "./api";
import { useAnswer } from "./ask";
import { Panel } from "./calls";
import { leave, type Place } from "./place";
import { Player } from "./player";
import { Download } from "./recordingdownload";
import { stateWords, words } from "./recordingwords";
import { ownTexts, t } from "./texts";
import { duration, moment, momentToTheSecond } from "./time";

const own = ownTexts({
  en: {
    with: (agent: string, who: string) => `${agent} with ${who}`,
    said: "Note",
    told: "Told by",
    untold: "no notice was played",
    until: "Kept until",
    default: "as long as the house keeps recordings",
    holes: (d: string) => `${d} were not captured`,
    comment: (at: string) => `Comment at ${at}`,
    add: "Write it",
    link: "Link to this second",
    story: "The whole call",
    heardBy: (n: number) => `Heard by (${n})`,
    plays: { play: "played", download: "downloaded" } as Record<string, string>,
    gone: "This recording is not there, or not for you.",
  },
  es: {
    with: (agent, who) => `${agent} con ${who}`,
    said: "Nota",
    told: "Avisada con",
    untold: "no sonó ningún aviso",
    until: "Se guarda hasta",
    default: "mientras la casa guarde grabaciones",
    holes: (d) => `${d} no se captaron`,
    comment: (at) => `Comentario en ${at}`,
    add: "Escribirlo",
    link: "Enlace a este segundo",
    story: "La llamada entera",
    heardBy: (n) => `Quién la ha oído (${n})`,
    plays: { play: "reproducida", download: "descargada" },
    gone: "Esta grabación no está, o no es para usted.",
  },
  ko: {
    with: (agent, who) => `${agent} · ${who}`,
    said: "메모",
    told: "안내",
    untold: "안내가 재생되지 않음",
    until: "보관 기한",
    default: "기본 보관 기간 동안",
    holes: (d) => `${d} 동안 녹음되지 않음`,
    comment: (at) => `${at} 지점 의견`,
    add: "남기기",
    link: "이 지점의 링크",
    story: "전체 통화",
    heardBy: (n) => `들은 사람 (${n})`,
    plays: { play: "재생", download: "내려받음" },
    gone: "이 녹음이 없거나 볼 수 없습니다.",
  },
  ja: {
    with: (agent, who) => `${agent}と${who}`,
    said: "メモ",
    told: "案内",
    untold: "案内は流れていません",
    until: "保管期限",
    default: "既定の保管期間",
    holes: (d) => `${d}は録れていません`,
    comment: (at) => `${at}へのコメント`,
    add: "書き込む",
    link: "この時点へのリンク",
    story: "通話の全体",
    heardBy: (n) => `聞いた人（${n}）`,
    plays: { play: "再生", download: "ダウンロード" },
    gone: "この録音は存在しないか、閲覧できません。",
  },
});

type Told = Answer<"/api/v1/recordings/{id}">;

/** RecordingPanel is the recording that the address names. */
export function RecordingPanel({ place, me }: { place: Place; me: Me }) {
  const id = place.get("recording");
  const close = place.href({ recording: undefined, t: undefined });
  const path = `/api/v1/recordings/${encodeURIComponent(id)}`;
  const { answer, error, missing, again } = useAnswer<Told>(path, 60_000);
  return (
    <Panel
      title={answer ? own.with(answer.recording.agent || (answer.recording.outside ?? ""), who(answer)) : words.title}
      back=""
      close={close}
      onLeave={() => leave(close)}
    >
      {error && (
        <p class="banner bad" role="alert">
          {missing ? own.gone : error}
        </p>
      )}
      {answer && <Open place={place} me={me} told={answer} path={path} again={again} />}
    </Panel>
  );
}

const who = ({ recording: r }: Told) => r.name || r.number || t.unknownCaller;

interface OpenProps {
  place: Place;
  me: Me;
  told: Told;
  path: string;
  again: () => Promise<void>;
}

function Open({ place, me, told, path, again }: OpenProps) {
  const { recording: r } = told;
  const length = r.length_s ?? 0;
  const [at, setAt] = useState(0);
  const from = Number.parseFloat(place.get("t")) || 0;
  return (
    <div class="recording">
      <Facts told={told} me={me} />
      {r.state === "kept" ? (
        <>
          <Player recording={r.id} length={length} from={from} marks={told.marks} comments={told.comments} onAt={setAt} />
          <Comment path={path} at={at} again={again} />
          <p class="row">
            <a href={place.href({ t: String(Math.floor(at)) })}>{own.link}</a>
          </p>
          {told.downloads && <Download path={path} />}
        </>
      ) : (
        <p class="banner">{stateWords(r)}</p>
      )}
      {told.plays.length > 0 && (
        <details class="plays">
          <summary>{own.heardBy(told.plays.length)}</summary>
          <ul>
            {told.plays.map((p) => (
              <li key={p.id}>
                {momentToTheSecond(p.at)} · {p.by} · {own.plays[p.kind]} {p.kind === "play" && duration(p.heard_s * 1000)} {p.why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Facts({ told, me }: { told: Told; me: Me }) {
  const { recording: r } = told;
  const parts = [
    momentToTheSecond(r.joined_at),
    r.name && r.number,
    r.queue,
    words.directions[r.direction] ?? "",
    t.outcomes[r.outcome] ?? t.words[r.outcome] ?? r.outcome,
    r.code,
    r.length_s !== null && duration(r.length_s * 1000),
    r.holes_s > 0 && own.holes(duration(r.holes_s * 1000)),
  ];
  return (
    <>
      <p>{parts.filter(Boolean).join(" · ")}</p>
      {r.note && (
        <p>
          {own.said}: “{r.note}”
        </p>
      )}
      <p class="hint">
        {r.notice ? `${own.told}: ${r.notice}` : own.untold}
        {r.consent && ` · ${words.details[r.consent] ?? words.marks[r.consent] ?? r.consent}`}
        {` · ${own.until}: ${r.keep_until ? moment(r.keep_until) : own.default}`}
      </p>
      {me.role !== "agent" && r.direction === "in" && (
        <p>
          <a href={`/history?call=${encodeURIComponent(r.call)}`}>{own.story}</a>
        </p>
      )}
    </>
  );
}

/** Comment writes at the second that is heard now, or was when the writing began. */
function Comment({ path, at, again }: { path: string; at: number; again: () => Promise<void> }) {
  const [text, setText] = useState("");
  const [pinned, setPinned] = useState<number | null>(null);
  const [error, setError] = useState("");
  const second = pinned ?? at;
  async function write(e: Event) {
    e.preventDefault();
    try {
      await send("POST", `${path}/comments`, { at_s: second, text });
      setText("");
      setPinned(null);
      setError("");
      await again();
    } catch (e) {
      setError((e as Error).message);
    }
  }
  return (
    <form class="row comment" onSubmit={write}>
      <label>
        {own.comment(duration(second * 1000))}
        <input
          value={text}
          maxLength={1000}
          required
          onInput={(e) => {
            const { value } = e.currentTarget;
            setPinned(value === "" ? null : second);
            setText(value);
          }}
        />
      </label>
      <button type="submit">{own.add}</button>
      {error && (
        <span class="bad" role="alert">
          {error}
        </span>
      )}
    </form>
  );
}
