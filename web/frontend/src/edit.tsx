// A row of a table that has become a form.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./texts";

/** Texts reads what was written into the form's fields; "" for one that is not there. */
export type Texts = (field: string) => string;

/** EditRow shows the fields beside its head until they are saved or left; what cannot be saved is said under them. */
export function EditRow(props: {
  head?: string;
  columns: number; // of the fields
  save: (text: Texts) => Promise<unknown>;
  onSaved: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const [error, setError] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  async function save(e: SubmitEvent) {
    e.preventDefault();
    const written = new FormData(form.current!);
    try {
      await props.save((field) => String(written.get(field) ?? ""));
      await props.onSaved();
      props.onClose();
    } catch (e) {
      setError((e as Error).message);
    }
  }
  return (
    <tr>
      <th scope="row">{props.head}</th>
      <td colSpan={props.columns}>
        <form ref={form} class="edit" onSubmit={save}>
          {props.children}
          {error && (
            <p class="bad" role="alert">
              {error}
            </p>
          )}
          <span class="choices">
            <button class="primary" type="submit">
              {t.save}
            </button>
            <button type="button" onClick={props.onClose}>
              {t.cancel}
            </button>
          </span>
        </form>
      </td>
    </tr>
  );
}
