import assert from "node:assert/strict";
import { test } from "node:test";
import { isFresh, Tab } from "../src/tab";

const stored = { available: true, talk: "", muted: false, agent: "ana", at: 1_000_000, left: true };
const soon = stored.at + 3000;

test("a page that is loaded anew remembers; one that was left and opened again does not", () => {
  assert.equal(isFresh(stored, "ana", soon, "reload"), true);
  assert.equal(isFresh(stored, "ana", soon, "back_forward"), true);
  assert.equal(isFresh(stored, "ana", soon, "navigate"), false);
});

test("a page that was never left has crashed, and remembers however it is opened", () => {
  assert.equal(isFresh({ ...stored, left: false }, "ana", soon, "navigate"), true);
});

test("nobody is made available by another's memory, or by an old one", () => {
  assert.equal(isFresh(stored, "bea", soon, "reload"), false);
  assert.equal(isFresh(stored, "ana", stored.at + 120_000, "reload"), false);
});

/** lockHeldElsewhere has another page hold the lock, and returns how that gives it up. */
function lockHeldElsewhere(): () => void {
  let grant = () => {};
  const request = (_name: string, _options: object, held: () => Promise<void>) =>
    new Promise<void>((done) => {
      grant = () => done(held());
    });
  Object.defineProperty(navigator, "locks", { value: { request }, configurable: true });
  return () => grant();
}

/** remembers is a tab that ana's page, available, was loaded anew in. */
function remembers(): Tab {
  const text = JSON.stringify({ ...stored, available: true, at: Date.now() });
  Object.assign(globalThis, { sessionStorage: { getItem: () => text } });
  Object.defineProperty(performance, "getEntriesByType", { value: () => [{ type: "reload" }], configurable: true });
  return new Tab("ana");
}

test("a page that was left and gives the lock up late does not make its successor forget", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const giveUp = lockHeldElsewhere();
  const tab = remembers();
  const memory = tab.recall();
  t.mock.timers.tick(4000);
  giveUp();
  assert.equal((await memory)?.available, true);
  tab.leave();
});

test("a copy of a tab is told by the first that it is one, before it gives up waiting", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] }); // its patience never ends
  let giveUp = lockHeldElsewhere();
  const first = remembers();
  const memory = first.recall();
  giveUp();
  assert.equal((await memory)?.available, true);
  giveUp = lockHeldElsewhere();
  const copy = remembers();
  assert.equal(await copy.recall(), null);
  copy.leave();
  first.leave();
});
