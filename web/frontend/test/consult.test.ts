import assert from "node:assert/strict";
import { test } from "node:test";
import { askEnded, headline, heard, keysTo, parties, steps } from "../src/consult";
import type { Desk, Other, Talk, Verb, With } from "../src/line";
import { languages } from "../src/texts";

const at = "2026-01-05T10:00:00Z";
const talk: Talk = { call: "c1", caller: { number: "+34910000001", name: "Ana", dialed: "100" }, queue: "support", since: at, waited: 5, keys: 4 };
const bea: Other = { ask: "k1", agent: "bea", name: "Bea", state: "talking", since: at };
const courier: Other = { ask: "k1", number: "+34911111111", state: "talking", since: at, keys: 2 };
const hold = { since: at };

/** asking is a talk in which somebody is asked, as the server tells it. */
function asking(other: Other, turned?: With): Talk {
  const can: Verb[] = turned ? ["keys", ...(["caller", "other", "all"] as const).filter((v) => v !== turned), "leave", "cancel", "end"] : ["cancel", "end"];
  const held = turned === "other" || !turned ? { hold } : {};
  return { ...talk, ...held, can, other: turned ? { ...other, with: turned } : { ...other, state: "ringing" } };
}

const desk = (talk: Talk | undefined, what?: string): Desk => ({
  presence: "available",
  state: talk ? "talking" : "idle",
  since: at,
  media: true,
  queues: [],
  talk,
  notice: what ? { what, at } : undefined,
});

test("what comes next is first, H swaps between the two, and each key is one button's", () => {
  const shown = (turned?: With) => steps(asking(bea, turned)).map(({ verb, letter }) => verb + letter);
  assert.deepEqual(shown(), ["cancelX"]);
  assert.deepEqual(shown("other"), ["callerH", "allJ", "leaveT", "cancelX"]);
  assert.deepEqual(shown("caller"), ["otherH", "allJ", "leaveT", "cancelX"]);
  assert.deepEqual(shown("all"), ["leaveT", "caller", "otherH", "cancelX"]);
});

test("there is no button for what the server does not allow, and none without an ask", () => {
  assert.deepEqual(steps({ ...asking(bea, "other"), can: ["end"] }), []);
  assert.deepEqual(steps({ ...talk, can: ["hold", "ask", "cancel", "end"] }), []);
});

test("keys go to the number that is asked while she talks with it, else to the caller", () => {
  const caller = { call: "c1", keys: 4 };
  const number = { call: "k1", keys: 2 };
  assert.deepEqual(keysTo(talk), caller);
  assert.deepEqual(keysTo(asking(courier)), caller);
  assert.deepEqual(keysTo(asking(courier, "other")), number);
  assert.deepEqual(keysTo(asking(courier, "all")), number);
  assert.deepEqual(keysTo(asking(courier, "caller")), caller);
  assert.deepEqual(keysTo(asking(bea, "other")), caller);
});

test("she hears the caller or the consulted party, and nobody while she waits", () => {
  assert.equal(heard(talk), "c1");
  assert.equal(heard({ ...talk, hold }), "");
  assert.equal(heard(asking(bea)), "");
  assert.deepEqual(
    (["other", "caller", "all"] as const).map((turned) => heard(asking(bea, turned))),
    ["k1", "c1", "c1"],
  );
  const asked = (turned: With) => heard({ ...talk, call: "k1", asked: { by: "eve", with: turned } });
  assert.deepEqual((["other", "caller", "all"] as const).map(asked), ["k1", "", "k1"]);
});

test("an ask ends by itself with a notice, and by her without one", () => {
  const asks = desk(asking(bea));
  assert.ok(askEnded(asks, desk(talk, "ask_declined")));
  assert.ok(!askEnded(asks, desk(talk)));
  assert.ok(!askEnded(asks, desk(asking(bea, "other"), "ask_once")));
  assert.ok(!askEnded(desk(talk), desk(talk, "ask_busy")), "a refusal is read in the dialog");
  assert.ok(!askEnded(desk(asking(bea), "ask_busy"), desk(talk, "ask_busy")), "an old notice");
});

test("both see in words who talks and who hears music", () => {
  const seen = (t: Talk) => [headline(t), ...parties(t).map((p) => `${p.name}${p.now ? "*" : ""}: ${p.doing}`)];
  assert.deepEqual(seen(asking(bea)), ["Asking Bea", "Ana: Hears music", "Bea: Rings…"]);
  assert.deepEqual(seen(asking(bea, "other")), ["Talking with Bea", "Ana: Hears music", "Bea*: Talks with you"]);
  assert.deepEqual(seen(asking(courier, "caller")), ["Talking with Ana", "Ana*: Talks with you", "+34911111111: Hears music"]);
  assert.deepEqual(seen(asking(bea, "all")), ["All three are talking", "Ana*: Talks with you", "Bea*: Talks with you"]);
  const asked = (turned?: With): Talk => ({ ...talk, call: "k1", asked: { by: "eve", name: "Eve", with: turned } });
  assert.deepEqual(seen(asked()), ["Eve asks you", "Eve*: Talks with you", "Ana: Hears music"]);
  assert.deepEqual(seen(asked("other")), seen(asked()));
  assert.deepEqual(seen(asked("caller")), ["Eve asks you", "Eve: Talks with the caller", "Ana: Talks with Eve"]);
  assert.deepEqual(seen({ ...talk, call: "k1", asked: { by: "eve", name: "Eve", with: "other", left: true } })[2], "Ana: Has hung up");
  assert.deepEqual(seen(asked("all")), ["All three are talking", "Eve*: Talks with you", "Ana*: Talks with you"]);
});

test("each end of an ask, and each refusal, has its words", () => {
  const refusals = ["unknown", "self", "offline", "busy", "nobody", "once", "refused", "night", "no_trunk", "no_audio"];
  const ends = ["declined", "no_answer", "invalid", "trunk", "failed", "left", "taken_back", "over", "handed"];
  for (const [language, texts] of Object.entries(languages)) {
    for (const what of [...refusals, ...ends]) assert.ok((texts as { notices: Record<string, string> }).notices[`ask_${what}`], `${language}: ask_${what}`);
  }
});
