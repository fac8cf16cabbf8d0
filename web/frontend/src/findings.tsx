// What the checker says about a flow file: where, and what to do.
import type { Finding } from "./api";
import { t } from "./texts";

export function FindingList({ findings, onGo }: { findings: Finding[]; onGo?: (f: Finding) => void }) {
  return (
    <ol class="findings">
      {findings.map((f) => (
        <li key={`${f.file} ${f.line} ${f.column} ${f.what}`} class={f.severity}>
          <span class={`chip ${f.severity}`}>{t.severities[f.severity] ?? f.severity}</span>
          {f.line === 0 ? (
            <span>{f.file}</span>
          ) : onGo ? (
            <button class="link" onClick={() => onGo(f)}>
              {f.file}:{f.line}:{f.column}
            </button>
          ) : (
            <span>
              {f.file}:{f.line}:{f.column}
            </span>
          )}
          <span>{f.what}</span>
        </li>
      ))}
    </ol>
  );
}
