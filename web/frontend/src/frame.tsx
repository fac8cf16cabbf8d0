// What all pages after the sign-in share.
import type { ComponentChildren } from "preact";
import { signOut, type Me } from "./api";
import { t } from "./texts";

export function Header({ me, onSignOut, children }: { me: Me; onSignOut?: () => void; children?: ComponentChildren }) {
  const leads = me.role !== "agent";
  const here = location.pathname;
  return (
    <header class="top">
      <a class="brand" href="/">
        <img src="/assets/icon.svg" alt="" width="24" height="24" /> Press Zero
      </a>
      {leads && (
        <nav>
          <a href="/supervisor" aria-current={here === "/supervisor" ? "page" : undefined}>
            {t.floor}
          </a>
          <a href="/agent" aria-current={here === "/agent" ? "page" : undefined}>
            {t.myDesk}
          </a>
        </nav>
      )}
      <span class="grow">{children}</span>
      <span class="me">{me.name}</span>
      <button
        onClick={() => {
          onSignOut?.();
          void signOut();
        }}
      >
        {t.signOut}
      </button>
    </header>
  );
}
