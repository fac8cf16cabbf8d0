// A person changes her own password.
import { useEffect, useRef, useState } from "preact/hooks";
import { send, type Me } from "./api";
import { Header } from "./frame";
import { t } from "./texts";

export function PasswordPage({ me }: { me: Me }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLInputElement>("input[type=password]")?.focus(), []);

  async function submit(e: SubmitEvent) {
    e.preventDefault();
    const written = new FormData(form.current!);
    const text = (field: string) => String(written.get(field) ?? "");
    if (text("new") !== text("again")) {
      setError(t.passwordsDiffer);
      return;
    }
    setBusy(true);
    setError("");
    try {
      await send("PUT", "/api/v1/me/password", { old: text("old"), new: text("new") });
      setDone(true);
    } catch (e) {
      setError((e as Error).message);
      setBusy(false);
    }
  }

  // Not on to her desk by itself: that may be open in another window, with a talk.
  if (done)
    return (
      <>
        <Header me={{ ...me, first_password: false }} />
        <main class="floor own-password">
          <div class="card">
            <h1>{t.changePassword}</h1>
            <p class="banner" role="status">
              {t.passwordChanged} <a href="/">{t.goOn}</a>
            </p>
          </div>
        </main>
      </>
    );
  return (
    <>
      <Header me={me} />
      <main class="floor own-password">
        <form ref={form} class="card" onSubmit={submit}>
          <h1>{t.changePassword}</h1>
          <p class={me.first_password ? "banner warn" : "hint"}>{me.first_password ? t.firstPassword : t.changePasswordHint}</p>
          <input class="hidden" name="username" autocomplete="username" value={me.name} readOnly tabIndex={-1} aria-hidden="true" />
          <label>
            {t.presentPassword}
            <input name="old" type="password" autocomplete="current-password" required />
          </label>
          <label>
            {t.newPassword}
            <input name="new" type="password" autocomplete="new-password" minLength={8} maxLength={128} required />
            <span class="hint">{t.passwordRule}</span>
          </label>
          <label>
            {t.passwordAgain}
            <input name="again" type="password" autocomplete="new-password" required />
          </label>
          <p class="error" role="alert">
            {error}
          </p>
          <span class="choices">
            <button class="primary" type="submit" disabled={busy}>
              {t.save}
            </button>
          </span>
        </form>
      </main>
    </>
  );
}
