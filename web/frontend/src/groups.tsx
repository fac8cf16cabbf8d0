// Who gave up, by group: a bar for each, with what it was before.
import type { Compared, Row } from "./api";
import { Figure } from "./figure";
import { otherOf, type View } from "./history";
import type { Only } from "./kinds";
import { Counted } from "./numbers";
import { Legend, Parts, Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { percent } from "./time";

const own = ownTexts({
  en: { share: "Of them", rate: "Given up", before: "before" },
  es: { share: "De ellas", rate: "Abandonadas", before: "antes" },
  ko: { share: "구성", rate: "포기", before: "이전" },
  ja: { share: "内訳", rate: "放棄", before: "前回" },
});

interface Props {
  id: string;
  title: string;
  head: string; // what the groups are
  view: View;
  rows: Compared[];
  files: string;
  only: (group: string) => Only;
}

export function Groups({ id, title, head, view, rows, files, only }: Props) {
  const sorted = [...rows].sort((a, b) => b.now.abandoned - a.now.abandoned);
  const table = (drawn: boolean) => (
    <table>
      <thead>
        <tr>
          <th>{head}</th>
          <th class="num">{t.offered}</th>
          {drawn ? <th>{own.share}</th> : <th class="num">{t.answered}</th>}
          <th class="num">{t.gaveUp}</th>
          <th class="num">{own.rate}</th>
          {view.against !== "none" && <th class="num">{own.before}</th>}
        </tr>
      </thead>
      <tbody>
        {sorted.map((r) => {
          const counted = (kind: string, n: number) => (
            <Counted place={view.place} n={n} which={{ kind, only: only(r.group), ...(view.queue ? { queue: view.queue } : {}) }} />
          );
          return (
            <tr key={r.group}>
              <th scope="row">{r.group}</th>
              <td class="num">{counted("offered", r.now.offered)}</td>
              {drawn ? <td class="wide">{<Parts list={parts(r.now)} />}</td> : <td class="num">{counted("answered", r.now.answered)}</td>}
              <td class={`num ${r.now.abandoned > 0 ? "bad" : ""}`}>{counted("abandoned", r.now.abandoned)}</td>
              <td class="num">{percent(r.now.abandon_rate)}</td>
              {view.against !== "none" && <td class="num">{percent(otherOf(view, r)?.abandon_rate ?? null)}</td>}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
  return (
    <Figure
      id={id}
      title={title}
      place={view.place}
      files={files}
      chart={
        <Wide title={`${id}-title`} kind="chart-parts">
          <Legend
            list={[
              ["answered", t.answered],
              ["rest", t.other],
              ["gave-up", t.gaveUp],
            ]}
          />
          {table(true)}
        </Wide>
      }
      table={table(false)}
    />
  );
}

const parts = (r: Row) => [
  { kind: "answered", word: t.answered, n: r.answered },
  { kind: "rest", word: t.other, n: r.offered - r.answered - r.abandoned },
  { kind: "gave-up", word: t.gaveUp, n: r.abandoned },
];
