import assert from "node:assert/strict";
import { test } from "node:test";
import { setClock } from "../src/time";
import { ago } from "../src/trunks";

test("how long ago: seconds, minutes, hours up to two days, days", () => {
  const base = Date.now();
  setClock(new Date(base).toISOString());
  const before = (s: number) => ago(new Date(base - s * 1000 - 500).toISOString());
  for (const [s, number] of [
    [-10, "0"],
    [59, "59"],
    [60, "1"],
    [3599, "59"],
    [3600, "1"],
    [47 * 3600, "47"],
    [48 * 3600, "2"],
  ] as const) {
    assert.match(before(s), new RegExp(`\\b${number}\\b`), `${s} s`);
  }
  assert.notEqual(before(59).replace(/\d+/, ""), before(3599).replace(/\d+/, ""));
});
