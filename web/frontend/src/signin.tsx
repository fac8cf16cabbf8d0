import { useEffect, useRef, useState } from "preact/hooks";
import { signIn } from "./api";
import { t } from "./texts";

export function SignInPage() {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => name.current?.focus(), []);

  async function submit(e: Event) {
    e.preventDefault();
    setBusy(true);
    setError("");
    try {
      const me = await signIn(name.current?.value.trim() ?? "", password.current?.value ?? "");
      location.assign(me.home);
    } catch (e) {
      setError((e as Error).message);
      setBusy(false);
      password.current?.select();
    }
  }

  return (
    <main class="signin">
      <form class="card" onSubmit={submit}>
        <h1>
          <img src="/assets/icon.svg" alt="" width="32" height="32" /> Press Zero
        </h1>
        <label>
          {t.name}
          <input ref={name} name="name" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label>
          {t.password}
          <input ref={password} name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="error" role="alert">
          {error}
        </p>
        <button class="primary big" type="submit" disabled={busy}>
          {t.signIn}
        </button>
      </form>
    </main>
  );
}
