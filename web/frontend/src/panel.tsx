// The parts of the agent's page that show what she does now, and with whom.
import type { ComponentChildren } from "preact";
import type { Handed, Notice, Who } from "./line";
import { ownTexts, t } from "./texts";

const own = ownTexts({
  en: {
    handedBy: (who: string) => `Handed over by ${who}`,
    nth: (n: number) => `${n}${{ one: "st", two: "nd", few: "rd" }[new Intl.PluralRules("en", { type: "ordinal" }).select(n) as string] ?? "th"} hand-over`,
    cameBack: "Comes back to you: nobody took it",
  },
  es: {
    handedBy: (who) => `Transferida por ${who}`,
    nth: (n) => `${n}.ª transferencia`,
    cameBack: "Vuelve a usted: nadie la tomó",
  },
  ko: {
    handedBy: (who) => `${who} 님이 넘긴 전화`,
    nth: (n) => `${n}번째 넘김`,
    cameBack: "아무도 받지 않아 다시 돌아왔습니다",
  },
  ja: {
    handedBy: (who) => `${who}さんからの転送`,
    nth: (n) => `${n}回目の転送`,
    cameBack: "誰も出なかったため、あなたに戻りました",
  },
});

/** noticeText is a notice in words, or "" for one that this page does not know. */
export function noticeText({ what, by, text }: Notice): string {
  const own = what === "taken" ? t.takenBy(by) : (t.notices[what] ?? "");
  return text ? `${own} ${text}` : own.replace(/[:：]$/, ".");
}

export function Panel({ title, kind = "", children }: { title: string; kind?: string; children?: ComponentChildren }) {
  return (
    <section class={`panel ${kind}`} aria-live="polite">
      <h1>{title}</h1>
      {children}
    </section>
  );
}

export function Caller({ who }: { who: Who }) {
  return (
    <p class="caller">
      <strong>{who.name || who.number || t.unknownCaller}</strong>
      {who.vip && <span class="chip vip">{t.vip}</span>}
      {who.name && <span class="number">{who.number || t.unknownCaller}</span>}
    </p>
  );
}

/** HandedBy tells who has handed the caller over, and what she has written. */
export function HandedBy({ handed }: { handed: Handed }) {
  return (
    <div class="handed">
      <p>
        <strong>{handed.back ? own.cameBack : own.handedBy(handed.name || handed.by)}</strong>
        {handed.nth > 1 && <span class="chip">{own.nth(handed.nth)}</span>}
      </p>
      {handed.note && <blockquote>{handed.note}</blockquote>}
    </div>
  );
}

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Timer({ label, text }: { label: string; text: string }) {
  return (
    <p class="timer" role="timer" aria-live="off">
      <span class="label">{label}</span> {text}
    </p>
  );
}
