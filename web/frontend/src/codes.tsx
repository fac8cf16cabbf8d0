// What the talks of a day were about, by queue.
import { query, type Answer, type CodeCount } from "./api";
import { useAnswer } from "./ask";
import { Report } from "./figure";
import { asked, every, type View } from "./history";
import { count } from "./kinds";
import { Counted } from "./numbers";
import { ownTexts, t } from "./texts";
import { percent } from "./time";

const own = ownTexts({
  en: {
    title: "What talks were about",
    nobody: "Nobody has talked in these days.",
    code: "Code",
    talks: "Talks",
    share: "Share",
    notes: "With a note",
    none: "nothing said",
    noneGiven: "required, none given",
  },
  es: {
    title: "De qué trataron las conversaciones",
    nobody: "Nadie ha hablado en estos días.",
    code: "Código",
    talks: "Conversaciones",
    share: "Parte",
    notes: "Con nota",
    none: "nada dicho",
    noneGiven: "exigido y no dado",
  },
  ko: {
    title: "통화 내용",
    nobody: "이 기간에는 통화가 없습니다.",
    code: "코드",
    talks: "통화",
    share: "비율",
    notes: "메모 있음",
    none: "입력 없음",
    noneGiven: "필수이나 입력 없음",
  },
  ja: {
    title: "通話の内容",
    nobody: "この期間に通話はありません。",
    code: "コード",
    talks: "通話",
    share: "割合",
    notes: "メモあり",
    none: "記入なし",
    noneGiven: "必須だが未記入",
  },
});

const words: Record<string, string> = { none: own.none, none_given: own.noneGiven };

count("codes", own.title, { talks: own.talks, notes: own.notes }, (code) => words[code] ?? code);

export function Codes(v: View) {
  const path = `/api/v1/reports/codes?${query(asked(v))}`;
  const { answer } = useAnswer<Answer<"/api/v1/reports/codes">>(path, every(v));
  if (!answer) return null;
  const codes = together(answer.codes.filter((c) => !v.queue || c.queue === v.queue));
  if (codes.length === 0) return <p class="card empty">{own.nobody}</p>;
  return (
    <Report title={own.title} path={path}>
      <table class="codes">
        <thead>
          <tr>
            <th>{t.queue}</th>
            <th>{own.code}</th>
            <th class="num">{own.talks}</th>
            <th class="num">{own.share}</th>
            <th class="num">{own.notes}</th>
          </tr>
        </thead>
        <tbody>
          {codes.map((c) => (
            <tr key={`${c.queue} ${c.code}`}>
              <th scope="row">{c.queue}</th>
              <td class={words[c.code] ? "none" : ""}>{words[c.code] ?? c.code}</td>
              <td class="num">
                <Counted place={v.place} n={c.talks} which={{ kind: "codes.talks", queue: c.queue, only: { about: c.code } }} />
              </td>
              <td class="num">{percent(c.share)}</td>
              <td class="num">
                <Counted place={v.place} n={c.notes} which={{ kind: "codes.notes", queue: c.queue, only: { about: c.code } }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Report>
  );
}

/** together are the codes of all days in one: the rows are of single days. */
export function together(rows: CodeCount[]): CodeCount[] {
  const talks = new Map<string, number>(); // of a queue
  const all = new Map<string, CodeCount>();
  for (const r of rows) {
    talks.set(r.queue, (talks.get(r.queue) ?? 0) + r.talks);
    const key = JSON.stringify([r.queue, r.code]);
    const c = all.get(key);
    if (c) all.set(key, { ...c, talks: c.talks + r.talks, notes: c.notes + r.notes });
    else all.set(key, r);
  }
  return [...all.values()]
    .map((c) => ({ ...c, share: c.talks / (talks.get(c.queue) || 1) }))
    .sort((a, b) => a.queue.localeCompare(b.queue) || b.talks - a.talks);
}
