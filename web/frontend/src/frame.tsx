// What all pages after the sign-in share.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { signOut, type Me } from "./api";
import { ownTexts, t } from "./texts";

const own = ownTexts({
  en: { demo: "Demo", simulated: "The calls of the past are simulated." },
  es: { demo: "Demostración", simulated: "Las llamadas del pasado son simuladas." },
  ko: { demo: "데모", simulated: "지난 통화는 시뮬레이션한 것입니다." },
  ja: { demo: "デモ", simulated: "過去の通話はシミュレーションです。" },
});

/** The pages that the header links, for supervisors and admins; main.tsx fills it before it shows a page. */
export const links: { path: string; title: string }[] = [];

/** Header has the links and the way out; onSignOut replaces what the way out does. */
/** simulated says that of a demo's past. */
export const simulated = own.simulated;

export function Header({ me, onSignOut, children }: { me: Me; onSignOut?: () => void; children?: ComponentChildren }) {
  const leads = me.role !== "agent";
  const here = location.pathname;
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <img src="/assets/icon.svg" alt="" width="24" height="24" /> Press Zero
        </a>
        {me.demo && (
          <b class="demo" title={own.simulated}>
            {own.demo}
          </b>
        )}
        {leads && (
          <nav>
            {links.map(({ path, title }) => (
              <a key={path} href={path} aria-current={here === path ? "page" : undefined}>
                {title}
              </a>
            ))}
          </nav>
        )}
        <span class="grow">{children}</span>
        <span class="mine">
          <a class="me" href="/password" target={beside} title={t.changePassword}>
            {me.name}
          </a>
          <button onClick={onSignOut ?? (() => void signOut())}>{t.signOut}</button>
        </span>
      </header>
      {me.first_password && me.may_wait && here !== "/password" && <ChooseLater />}
    </>
  );
}

/** Leaving her desk would end a talk, so the password is changed in a window beside it. */
const beside = location.pathname === "/agent" ? "_blank" : undefined;

const putOff = "password-later";

/** ChooseLater asks for a password of one's own, until it is put off for this visit. */
function ChooseLater() {
  const [later, setLater] = useState(sessionStorage.getItem(putOff) !== null);
  if (later) return null;
  return (
    <p class="banner warn first-password" role="status">
      {t.firstPassword}{" "}
      <a href="/password" target={beside}>
        {t.changePassword}
      </a>
      <button
        onClick={() => {
          sessionStorage.setItem(putOff, "1");
          setLater(true);
        }}
      >
        {t.later}
      </button>
    </p>
  );
}
