// Asking somebody during a talk: what follows from how the three stand.
import type { Asked, Desk, Other, Talk, Verb, Who, With } from "./line";
import { ownTexts, t } from "./texts";

/** consult are the texts about it. */
export const consult = ownTexts({
  en: {
    asking: (who: string) => `Asking ${who}`,
    talking: (who: string) => `Talking with ${who}`,
    all: "All three are talking",
    caller: "Caller",
    other: "You ask",
    asker: "Asks you",
    withYou: "Talks with you",
    withCaller: "Talks with the caller",
    withWho: (who: string) => `Talks with ${who}`,
    music: "Hears music",
    gone: "Has hung up",
    rings: "Rings…",
    connecting: "Is being connected…",
    toCaller: "To the caller",
    toOther: (who: string) => `To ${who}`,
    allThree: "All three",
    leave: (who: string) => `Hand over to ${who} and leave`,
    cancel: "Do not ask any more",
    endWith: (who: string) => `End with ${who}`,
    asksYou: (who: string) => `${who} asks you`,
    asksAbout: (who: string, caller: string) => `${who} asks you about ${caller}`,
    youHearMusic: (who: string) => `${who} talks with the caller. You hear music meanwhile.`,
    unheard: (who: string) => `${who} cannot hear you. Check the headset's mute button.`,
    unhearing: (who: string) => `Nothing is heard from ${who}.`,
    endAll: "End for all",
    endTitle: "End the call for everybody?",
    endMeans: (who: string) => `The caller and ${who} are cut off as well.`,
    goOn: "Go on",
    keysTo: (who: string) => `Keys go to ${who}.`,
    gap: "Your voice is being connected again. Until then the other two talk on.",
  },
  es: {
    asking: (who) => `Consultando a ${who}`,
    talking: (who) => `Hablando con ${who}`,
    all: "Están hablando los tres",
    caller: "Quien llama",
    other: "Usted consulta a",
    asker: "Le consulta",
    withYou: "Habla con usted",
    withCaller: "Habla con quien llama",
    withWho: (who) => `Habla con ${who}`,
    music: "Oye música",
    gone: "Ha colgado",
    rings: "Suena…",
    connecting: "Conectando…",
    toCaller: "Con quien llama",
    toOther: (who) => `Con ${who}`,
    allThree: "Los tres",
    leave: (who) => `Transferir a ${who} y salir`,
    cancel: "Dejar de consultar",
    endWith: (who) => `Terminar con ${who}`,
    asksYou: (who) => `${who} le consulta`,
    asksAbout: (who, caller) => `${who} le consulta sobre ${caller}`,
    youHearMusic: (who) => `${who} habla con quien llama. Mientras tanto, usted oye música.`,
    unheard: (who) => `${who} no le oye. Compruebe el botón de silencio de los auriculares.`,
    unhearing: (who) => `No se oye nada de ${who}.`,
    endAll: "Terminar para todos",
    endTitle: "¿Terminar la llamada para todos?",
    endMeans: (who) => `También se corta a quien llama y a ${who}.`,
    goOn: "Seguir",
    keysTo: (who) => `Las teclas van a ${who}.`,
    gap: "Su voz se está conectando de nuevo. Hasta entonces, los otros dos siguen hablando.",
  },
  ko: {
    asking: (who) => `협의 요청 중: ${who}`,
    talking: (who) => `통화 중: ${who}`,
    all: "셋이 함께 통화 중",
    caller: "고객",
    other: "협의 상대",
    asker: "협의 요청자",
    withYou: "나와 통화 중",
    withCaller: "고객과 통화 중",
    withWho: (who) => `${who} 님과 통화 중`,
    music: "음악 듣는 중",
    gone: "전화를 끊음",
    rings: "호출 중…",
    connecting: "연결하는 중…",
    toCaller: "고객과 통화",
    toOther: (who) => `${who} 님과 통화`,
    allThree: "셋이 함께",
    leave: (who) => `${who} 님에게 넘기고 나가기`,
    cancel: "협의 취소",
    endWith: (who) => `${who} 님과의 통화 끝내기`,
    asksYou: (who) => `${who} 님이 협의를 요청합니다`,
    asksAbout: (who, caller) => `${who} 님이 ${caller} 고객에 대해 협의를 요청합니다`,
    youHearMusic: (who) => `${who} 님이 고객과 통화 중입니다. 그동안 음악이 들립니다.`,
    unheard: (who) => `${who} 님에게 목소리가 들리지 않습니다. 헤드셋의 음소거 버튼을 확인하세요.`,
    unhearing: (who) => `${who} 님의 소리가 들리지 않습니다.`,
    endAll: "모두 끊기",
    endTitle: "모두의 통화를 끊을까요?",
    endMeans: (who) => `고객과 ${who} 님의 통화도 끊깁니다.`,
    goOn: "계속 통화",
    keysTo: (who) => `키는 ${who}(으)로 전달됩니다.`,
    gap: "음성을 다시 연결하는 중입니다. 그동안 다른 두 사람은 계속 통화합니다.",
  },
  ja: {
    asking: (who) => `${who}に相談を依頼中`,
    talking: (who) => `${who}と通話中`,
    all: "3人で通話中",
    caller: "お客様",
    other: "相談相手",
    asker: "相談者",
    withYou: "あなたと通話中",
    withCaller: "お客様と通話中",
    withWho: (who) => `${who}さんと通話中`,
    music: "音楽を聞いています",
    gone: "電話を切りました",
    rings: "呼び出し中…",
    connecting: "接続しています…",
    toCaller: "お客様と話す",
    toOther: (who) => `${who}と話す`,
    allThree: "3人で話す",
    leave: (who) => `${who}に転送して抜ける`,
    cancel: "相談をやめる",
    endWith: (who) => `${who}との通話を終える`,
    asksYou: (who) => `${who}さんからの相談です`,
    asksAbout: (who, caller) => `${who}さんから${caller}についての相談です`,
    youHearMusic: (who) => `${who}さんはお客様と通話中です。その間、音楽が流れます。`,
    unheard: (who) => `${who}にあなたの声が届いていません。ヘッドセットのミュートボタンを確認してください。`,
    unhearing: (who) => `${who}の声が聞こえません。`,
    endAll: "全員の通話を切る",
    endTitle: "全員の通話を切りますか？",
    endMeans: (who) => `お客様と${who}の通話も切れます。`,
    goOn: "続ける",
    keysTo: (who) => `キーは${who}に送られます。`,
    gap: "音声をつなぎ直しています。その間、ほかの2人は話し続けます。",
  },
});

/** nameOf is what a caller is called. */
export const nameOf = (who: Who): string => who.name || who.number || t.unknownCaller;

/** otherName is what the consulted party is called. */
export const otherName = (other: Other): string => other.name || other.agent || other.number || t.unknownCaller;

/** askerName is what the one who asks is called. */
export const askerName = (asked: Asked): string => asked.name || asked.by;

/** heard is the call that she hears, "": nobody in any. The caller is on hold and she is not with another, or who asks her has turned to the caller. */
export function heard({ call, hold, other, asked }: Talk): string {
  if (other?.with === "other") return other.ask;
  return hold || asked?.with === "caller" ? "" : call;
}

/** keysTo is the call whose far end hears the keys, and how many it has heard: the number that she asks while she talks with it, else the caller. */
export function keysTo({ call, keys, other }: Talk): { call: string; keys: number } {
  const toOther = other?.number && (other.with === "other" || other.with === "all");
  return toOther ? { call: other.ask, keys: other.keys ?? 0 } : { call, keys: keys ?? 0 };
}

/** keyedOn is where keys go now: to the far end of a talk, or of a call of hers that still rings. */
export function keyedOn({ talk, offer }: Desk): { call: string; keys: number } | undefined {
  if (talk?.can?.includes("keys")) return keysTo(talk);
  return offer?.outgoing && offer.call ? { call: offer.call, keys: offer.keys ?? 0 } : undefined;
}

/** askEnded: the asking came to its end, and not because she wanted it to. */
export function askEnded(was: Desk | null, desk: Desk): boolean {
  const told = desk.notice?.what.startsWith("ask_") && desk.notice.at !== was?.notice?.at;
  return !!told && !!was?.talk?.other && !desk.talk?.other;
}

/** A step is what she may do with the two, and its key with Alt; "": it has none. */
export interface Step {
  verb: Verb;
  letter: string;
}

/** steps are those of a talk in which somebody is asked. What she most likely does next is the first. */
export function steps({ can = [], other }: Talk): Step[] {
  if (!other) return [];
  const swap: Verb = can.includes("other") ? "other" : "caller"; // H as without an ask: it puts the caller on hold, or goes back
  const letters: Partial<Record<Verb, string>> = { caller: "", all: "J", leave: "T", cancel: "X", [swap]: "H" };
  const next: Verb = !other.with ? "cancel" : { caller: "other" as const, other: "caller" as const, all: "leave" as const }[other.with];
  return can
    .filter((verb) => verb in letters)
    .map((verb) => ({ verb, letter: letters[verb]! }))
    .sort((a, b) => Number(b.verb === next) - Number(a.verb === next));
}

/** asksAbout is who asks her about whom. */
export function asksAbout(asked: Asked, { name, number }: Who): string {
  return name || number ? consult.asksAbout(askerName(asked), name || number) : consult.asksYou(askerName(asked));
}

/** headline is what goes on now between the three. */
export function headline({ caller, other, asked }: Talk): string {
  if (other?.with === "all" || asked?.with === "all") return consult.all;
  if (asked) return consult.asksYou(askerName(asked));
  if (!other?.with) return other ? consult.asking(otherName(other)) : "";
  return consult.talking(other.with === "caller" ? nameOf(caller) : otherName(other));
}

/** Party is one of the two others, as an agent sees them. */
export interface Party {
  title: string;
  name: string;
  number?: string; // if name is not it
  vip?: boolean;
  doing: string;
  sign: string;
  now: boolean; // talks with her
  since: string; // of what is being done; "": not known
}

/** signs are what is being done, for the eye. */
const signs = { talks: "●", music: "♪", rings: "☎" };

/** parties are the two others. */
export function parties({ caller, hold, since, other, asked }: Talk): Party[] {
  const music = { doing: consult.music, sign: signs.music };
  const talks = (doing = consult.withYou) => ({ doing, sign: signs.talks });
  const theCaller = { title: consult.caller, name: nameOf(caller), number: caller.name && caller.number, vip: caller.vip };
  if (asked) {
    const name = askerName(asked);
    const now = asked.with === "all";
    const away = asked.with === "caller";
    return [
      { title: consult.asker, name, now: !away, since, ...talks(away ? consult.withCaller : undefined) },
      { ...theCaller, now, since: "", ...(asked.left ? { doing: consult.gone, sign: "" } : now ? talks() : away ? talks(consult.withWho(name)) : music) },
    ];
  }
  if (!other) return [];
  const talksWith = (one: With) => other.with === one || other.with === "all";
  const waits = { ringing: { doing: consult.rings, sign: signs.rings }, connecting: { doing: consult.connecting, sign: signs.rings }, talking: music };
  return [
    { ...theCaller, now: talksWith("caller"), since: hold?.since ?? since, ...(talksWith("caller") ? talks() : music) },
    { title: consult.other, name: otherName(other), now: talksWith("other"), since: other.since, ...(talksWith("other") ? talks() : waits[other.state]) },
  ];
}
