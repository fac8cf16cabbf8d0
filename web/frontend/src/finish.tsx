// How a message or a complaint is done with.
import type { Message } from "./api";
import { t } from "./texts";

/** Finish is for the one who has taken the message: it tells how it is done with. */
export function Finish({ m, onChange }: { m: Message; onChange: (id: string, what: "done", body: { how: string }) => Promise<void> }) {
  return (
    <label class="inline">
      {t.finish}{" "}
      <select value="" onChange={(e) => e.currentTarget.value && void onChange(m.id, "done", { how: e.currentTarget.value })}>
        <option value="">{t.finishChoose}</option>
        {Object.entries(t.hows).map(([how, text]) => (
          <option key={how} value={how}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
