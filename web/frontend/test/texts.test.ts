import assert from "node:assert/strict";
import { test } from "node:test";
import { languages } from "../src/texts";

/** names are those of all texts, also within lists. */
function names(texts: object): string[] {
  return Object.entries(texts).flatMap(([name, text]) => (typeof text === "object" ? names(text as object).map((n) => `${name}.${n}`) : [name]));
}

test("every language has every text, and none that is not English", () => {
  const english = names(languages.en!);
  assert.ok(english.length > 500);
  for (const [language, texts] of Object.entries(languages)) {
    const own = new Set(names(texts));
    assert.deepEqual(
      english.filter((n) => !own.has(n)),
      [],
      `${language} lacks these`,
    );
    assert.equal(own.size, english.length, `${language} has others`);
  }
});

test("the sentences of a language are written in it", () => {
  for (const language of ["ko", "ja"]) {
    const own = language === "ko" ? /[가-힣]/ : /[ぁ-んァ-ヶ一-龠々]/;
    const sentences = Object.entries(languages[language]!).filter(([, text]) => typeof text === "string" && text.length > 20);
    for (const [name, text] of sentences) assert.match(text as string, own, `${language}: ${name}`);
  }
});
