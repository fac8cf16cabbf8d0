// The parts of the agent's page that show what she does now, and with whom.
import type { ComponentChildren } from "preact";
import type { Handed, Notice, Who } from "./line";
import { ownTexts, t } from "./texts";

const own = ownTexts({
  en: {
    orders: {
      away: (who: string) => `${who} has set you away.`,
      away_over: (who: string) => `${who} has set you available again.`,
      leaving: (who: string) => `${who} has asked that you are signed out after this call.`,
      leaving_over: (who: string) => `${who} has taken that back: you stay signed in.`,
      today: (who: string) => `${who} has changed your queues and skills for today.`,
      today_over: (who: string) => `${who} has given you your own queues and skills again.`,
      help: (who: string) => `${who} is answering your call for help.`,
    },
    handedBy: (who: string) => `Handed over by ${who}`,
    nth: (n: number) => `${n}${{ one: "st", two: "nd", few: "rd" }[new Intl.PluralRules("en", { type: "ordinal" }).select(n) as string] ?? "th"} hand-over`,
    cameBack: "Comes back to you: nobody took it",
  },
  es: {
    orders: {
      away: (who) => `${who} le ha puesto en pausa.`,
      away_over: (who) => `${who} le ha vuelto a poner disponible.`,
      leaving: (who) => `${who} ha pedido que se cierre su sesión después de esta llamada.`,
      leaving_over: (who) => `${who} lo ha anulado: su sesión sigue abierta.`,
      today: (who) => `${who} ha cambiado sus colas y capacidades para hoy.`,
      today_over: (who) => `${who} le ha devuelto sus propias colas y capacidades.`,
      help: (who) => `${who} atiende su petición de ayuda.`,
    },
    handedBy: (who) => `Transferida por ${who}`,
    nth: (n) => `${n}.ª transferencia`,
    cameBack: "Vuelve a usted: nadie la tomó",
  },
  ko: {
    orders: {
      away: (who) => `${who} 님이 자리 비움으로 바꾸었습니다.`,
      away_over: (who) => `${who} 님이 다시 대기 상태로 바꾸었습니다.`,
      leaving: (who) => `${who} 님이 이 통화 후 로그아웃하도록 했습니다.`,
      leaving_over: (who) => `${who} 님이 취소했습니다. 로그인 상태가 유지됩니다.`,
      today: (who) => `${who} 님이 오늘의 대기열과 기술을 바꾸었습니다.`,
      today_over: (who) => `${who} 님이 원래의 대기열과 기술로 되돌렸습니다.`,
      help: (who) => `${who} 님이 도움 요청에 응답했습니다.`,
    },
    handedBy: (who) => `${who} 님이 넘긴 전화`,
    nth: (n) => `${n}번째 넘김`,
    cameBack: "아무도 받지 않아 다시 돌아왔습니다",
  },
  ja: {
    orders: {
      away: (who) => `${who}さんがあなたを離席にしました。`,
      away_over: (who) => `${who}さんがあなたを待機に戻しました。`,
      leaving: (who) => `${who}さんの指示により、この通話の後にサインアウトします。`,
      leaving_over: (who) => `${who}さんが取り消しました。サインインしたままです。`,
      today: (who) => `${who}さんが今日のキューとスキルを変更しました。`,
      today_over: (who) => `${who}さんがキューとスキルを元に戻しました。`,
      help: (who) => `${who}さんがヘルプの要請に応じました。`,
    },
    handedBy: (who) => `${who}さんからの転送`,
    nth: (n) => `${n}回目の転送`,
    cameBack: "誰も出なかったため、あなたに戻りました",
  },
});

/** noticeText is a notice in words, or "" for one that this page does not know. */
export function noticeText({ what, by, text }: Notice): string {
  if (what.startsWith("order_")) return (own.orders as Record<string, (who: string) => string>)[what.slice("order_".length)]?.(by ?? "") ?? "";
  const words = what === "taken" ? t.takenBy(by) : (t.notices[what] ?? "");
  return text ? `${words} ${text}` : words.replace(/[:：]$/, ".");
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
