// The recordings that were found, and the one that is open.
import type { Answer, Me, Recording } from "./api";
import { archiveTitle } from "./archive";
import { useAnswer } from "./ask";
import { Header } from "./frame";
import { usePlace, type Place } from "./place";
import { RecordingPanel } from "./recordingpanel";
import { Search, searchOf } from "./recordingsearch";
import { stateWords, words } from "./recordingwords";
import { ownTexts, t } from "./texts";
import { duration, moment } from "./time";

const own = ownTexts({
  en: {
    code: "Code",
    when: "When",
    length: "Length",
    comments: (n: number) => (n === 1 ? "1 comment" : `${n} comments`),
    none: "Nothing was found.",
    off: "Talks are recorded where the flow says so, with recording:.",
    older: "Older",
    newest: "The newest",
  },
  es: {
    code: "Código",
    when: "Cuándo",
    length: "Duración",
    comments: (n) => (n === 1 ? "1 comentario" : `${n} comentarios`),
    none: "No se encontró nada.",
    off: "Se graba donde lo dice el flujo, con recording:.",
    older: "Más antiguas",
    newest: "Las más recientes",
  },
  ko: {
    code: "코드",
    when: "시각",
    length: "길이",
    comments: (n) => `의견 ${n}개`,
    none: "찾은 것이 없습니다.",
    off: "녹음은 흐름의 recording:에 적힌 곳에서만 합니다.",
    older: "이전",
    newest: "최신",
  },
  ja: {
    code: "コード",
    when: "日時",
    length: "長さ",
    comments: (n) => `コメント${n}件`,
    none: "見つかりませんでした。",
    off: "録音は、フローの recording: に書かれた通話だけです。",
    older: "さらに前",
    newest: "最新へ",
  },
});

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
            <td>{r.agent || r.outside}</td>
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
