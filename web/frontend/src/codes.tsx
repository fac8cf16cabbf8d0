// What the talks of a day were about, by queue.
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { ownTexts, t } from "./texts";
import { percent } from "./time";

const own = ownTexts({
  en: {
    title: "What talks were about",
    code: "Code",
    talks: "Talks",
    share: "Share",
    notes: "With a note",
    none: "nothing said",
    noneGiven: "required, none given",
    files: "As a file:",
  },
  es: {
    title: "De qué trataron las conversaciones",
    code: "Código",
    talks: "Conversaciones",
    share: "Parte",
    notes: "Con nota",
    none: "nada dicho",
    noneGiven: "exigido y no dado",
    files: "En archivo:",
  },
  ko: {
    title: "통화 내용",
    code: "코드",
    talks: "통화",
    share: "비율",
    notes: "메모 있음",
    none: "입력 없음",
    noneGiven: "필수이나 입력 없음",
    files: "파일:",
  },
  ja: {
    title: "通話の内容",
    code: "コード",
    talks: "通話",
    share: "割合",
    notes: "メモあり",
    none: "記入なし",
    noneGiven: "必須だが未記入",
    files: "ファイル:",
  },
});

const words: Record<string, string> = { none: own.none, none_given: own.noneGiven };

export function Codes({ day }: { day: string }) {
  const path = `/api/v1/reports/codes?${query({ day })}`;
  const { answer } = useAnswer<Answer<"/api/v1/reports/codes">>(path);
  // A house without codes has nothing to see here.
  if (!answer || answer.codes.every((c) => c.code === "none" && c.notes === 0)) return null;
  return (
    <div class="card scroll">
      <h3>{own.title}</h3>
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
          {answer.codes.map((c) => (
            <tr key={`${c.day} ${c.queue} ${c.code}`}>
              <th scope="row">{c.queue}</th>
              <td class={words[c.code] ? "none" : ""}>{words[c.code] ?? c.code}</td>
              <td class="num">{c.talks}</td>
              <td class="num">{percent(c.share)}</td>
              <td class="num">{c.notes}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        {own.files} <a href={`${path}&format=csv`}>CSV</a> <a href={`${path}&format=xlsx`}>XLSX</a>
      </p>
    </div>
  );
}
