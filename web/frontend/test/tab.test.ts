import assert from "node:assert/strict";
import { test } from "node:test";
import { isFresh } from "../src/tab";

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
