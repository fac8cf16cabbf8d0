import assert from "node:assert/strict";
import { test } from "node:test";
import { altLetter } from "../src/keyboard";

const press = (key: string, code: string, more = {}) => altLetter({ key, code, altKey: true, ctrlKey: false, metaKey: false, shiftKey: false, ...more });

test("Alt and a letter is found on every keyboard", () => {
  assert.equal(press("h", "KeyH"), "H");
  assert.equal(press("h", "KeyD"), "H"); // Dvorak: the letter counts, not the place
  assert.equal(press("˙", "KeyH"), "H"); // Mac
  assert.equal(press("ㅗ", "KeyH"), "H"); // Hangul
});

test("no other key with Alt and no other modifier does", () => {
  assert.equal(press("ArrowLeft", "ArrowLeft"), "");
  assert.equal(press("h", "KeyH", { altKey: false }), "");
  assert.equal(press("h", "KeyH", { ctrlKey: true }), ""); // AltGr
  assert.equal(press("h", "KeyH", { shiftKey: true }), "");
});
