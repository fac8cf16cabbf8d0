// A chart with its title, its files, and the table behind it.
import type { ComponentChildren } from "preact";
import { query } from "./api";
import type { Place } from "./place";
import { ownTexts, t } from "./texts";

const own = ownTexts({
  en: { table: "Table", chart: "Chart" },
  es: { table: "Tabla", chart: "Gráfico" },
  ko: { table: "표", chart: "차트" },
  ja: { table: "表", chart: "グラフ" },
});

interface Props {
  id: string; // in the address, if the table is shown
  title: string;
  place: Place;
  files?: string; // the path of the report with its query
  chart: ComponentChildren;
  table: ComponentChildren; // the same numbers
  hint?: ComponentChildren;
}

export function Figure({ id, title, place, files, chart, table, hint }: Props) {
  const open = place.get("table").split(",").filter(Boolean);
  const asTable = open.includes(id);
  const others = open.filter((o) => o !== id);
  return (
    <figure class="card drawn-from" id={id}>
      <figcaption class="title-row">
        <h2 id={`${id}-title`}>{title}</h2>
        {files && <Downloads path={files} />}
        <a
          class="button small"
          href={place.href({ table: (asTable ? others : [...others, id]).join(",") })}
          aria-label={`${asTable ? own.chart : own.table}: ${title}`}
        >
          {asTable ? own.chart : own.table}
        </a>
      </figcaption>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
        <div class="scroll" role="group" aria-labelledby={`${id}-title`} tabIndex={0}>
          {table}
        </div>
      ) : (
        chart
      )}
      {hint && <p class="hint">{hint}</p>}
    </figure>
  );
}

/** Downloads are a report as files; path is that of the report, with its query. */
export function Downloads({ path }: { path: string }) {
  const as = (format: string) => `${path}${path.includes("?") ? "&" : "?"}${query({ format })}`;
  return (
    <span class="downloads">
      {t.download}: <a href={as("csv")}>CSV</a> <a href={as("xlsx")}>XLSX</a>{" "}
      <a href={as("json")} download={`${path.split("?")[0]?.split("/").pop()}.json`}>
        JSON
      </a>
    </span>
  );
}

/** Report is a table with its files. */
export function Report({ title, path, children }: { title: string; path: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys
    <div class="card scroll" role="group" aria-label={title} tabIndex={0}>
      <div class="title-row">
        <h2>{title}</h2>
        <Downloads path={path} />
      </div>
      {children}
    </div>
  );
}
