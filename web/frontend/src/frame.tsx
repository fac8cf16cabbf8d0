// What all pages after the sign-in share.
import type { ComponentChildren } from "preact";
import { signOut, type Me } from "./api";
import { t } from "./texts";

/** The pages of who leads, and which are for admins only. */
const links: [string, string, string?][] = [
  ["/supervisor", t.floor],
  ["/messages", t.messages],
  ["/menus", t.menus],
  ["/callers", t.callers],
  ["/flow", t.flow, "admin"],
  ["/people", t.people, "admin"],
  ["/agent", t.myDesk],
];

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
          {links.map(([to, text, role]) =>
            role === "admin" && me.role !== "admin" ? null : (
              <a key={to} href={to} aria-current={here === to ? "page" : undefined}>
                {text}
              </a>
            ),
          )}
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
