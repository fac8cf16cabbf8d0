import assert from "node:assert/strict";
import { test } from "node:test";
import { fresher } from "../src/alarm";
import type { Crossing } from "../src/api";
import { limitWords, toldWords } from "../src/words";

const crossing = (limit: Crossing["limit"], crossed: string, bound = 60): Crossing => ({
  queue: "support",
  limit,
  bound,
  value: 0,
  worst: 0,
  crossed,
  over: null,
});

test("a crossing sounds once, and an old one not at all", () => {
  const heard = new Set<string>();
  const time = Date.parse("2026-03-02T10:00:00Z");
  const old = crossing("nobody", "2026-03-02T09:00:00Z");
  const wait = crossing("longest_wait", "2026-03-02T09:59:58Z");
  const names = (list: Crossing[]) => fresher(list, heard, time).map((c) => c.limit);
  assert.deepEqual(names([old]), []);
  assert.deepEqual(names([old, wait]), ["longest_wait"]);
  assert.deepEqual(names([old, wait]), []);
  assert.deepEqual(names([wait]), []);
  assert.deepEqual(names([crossing("longest_wait", "2026-03-02T09:59:59Z")]), ["longest_wait"], "it is crossed anew");
});

test("limits and waits in words", () => {
  assert.equal(limitWords(crossing("longest_wait", "", 180)), "Somebody has waited longer than 3:00");
  assert.equal(limitWords(crossing("waiting", "", 5)), "More than 5 wait");
  assert.equal(limitWords(crossing("service_level", "", 0.7)), "Service level below 70%");
  assert.equal(toldWords(null), "nothing");
  assert.equal(toldWords({ low_s: 120, high_s: 300 }), "2 to 5 min");
  assert.equal(toldWords({ low_s: 0, high_s: 300 }), "up to 5 min");
  assert.equal(toldWords({ low_s: 1800, high_s: 0 }), "over 30 min");
});
