import assert from "node:assert/strict";
import { test } from "node:test";
import { found } from "../src/prompts";

const prompt = (language: string, name: string, text: string) => ({ language, name, text, source: "spoken", house: true, length_s: 1 });
const all = [prompt("en", "welcome", "Welcome to the line."), prompt("es", "welcome", "Bienvenido."), prompt("en", "core/hold", "Please hold the line.")];

test("prompts are found by all words, in name or text, and by language", () => {
  const names = (language: string, words: string) => found(all, language, words).map((p) => `${p.language} ${p.name}`);
  assert.deepEqual(names("", ""), ["en welcome", "es welcome", "en core/hold"]);
  assert.deepEqual(names("", " LINE  the "), ["en welcome", "en core/hold"]);
  assert.deepEqual(names("es", "welcome"), ["es welcome"]);
  assert.deepEqual(names("", "welcome hold"), []);
});
