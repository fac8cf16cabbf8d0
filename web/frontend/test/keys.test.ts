import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Keys, keypad, pressable, tones } from "../src/keys";

let now: number;
let timers: Map<number, { run: () => void; at: number }>;
let sent: { keys: string; after: number; at: number }[];
let keys: Keys;
const real = { clearTimeout };

beforeEach(() => {
  [now, timers, sent] = [0, new Map(), []];
  let last = 0;
  const window = {
    setTimeout: (run: () => void, ms: number) => {
      timers.set(++last, { run, at: now + ms });
      return last;
    },
  };
  Object.assign(globalThis, { window, clearTimeout: (id: number) => timers.delete(id) });
  keys = new Keys((keys, after) => sent.push({ keys, after, at: now }));
});

afterEach(() => Object.assign(globalThis, real));

/** pass lets time pass, in ms. */
function pass(ms: number) {
  const end = now + ms;
  for (;;) {
    const [next] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
    if (!next) break;
    timers.delete(next[0]);
    now = next[1].at;
    next[1].run();
  }
  now = end;
}

test("only keys of a telephone and pauses are pressed", () => {
  assert.equal(pressable("+34 (910) 00-00.01, x#*A"), "34910000001,#*");
});

test("keys pressed within 150 ms are one message, and each message says how many came before", () => {
  for (const key of "12#") {
    keys.press(key);
    pass(40);
  }
  pass(200);
  keys.press("4");
  pass(200);
  assert.deepEqual(sent, [
    { keys: "12#", after: 0, at: 150 },
    { keys: "4", after: 3, at: 470 },
  ]);
});

test("what the desk has counted is not counted twice", () => {
  keys.count(5);
  keys.press("1");
  pass(150);
  keys.count(6);
  keys.press("2");
  pass(150);
  keys.press("3"); // the desk has not yet counted the 2
  pass(150);
  keys.count(7);
  keys.press("4");
  pass(150);
  assert.deepEqual(
    sent.map((m) => m.after),
    [5, 6, 7, 8],
  );
});

test("what the desk does not count is lost, and the next key counts from what it has", () => {
  keys.press("1");
  pass(150);
  pass(3000);
  keys.press("2");
  pass(150);
  keys.lost(); // the line was broken
  keys.press("3");
  pass(150);
  assert.deepEqual(
    sent.map((m) => m.after),
    [0, 0, 0],
  );
});

test("a comma is a pause of half a second after the keys before it", () => {
  keys.press("12,,3,4");
  pass(10_000);
  assert.deepEqual(sent, [
    { keys: "12", after: 0, at: 150 },
    { keys: "3", after: 2, at: 150 + 2 * 200 + 2 * 500 },
    { keys: "4", after: 3, at: 150 + 2 * 200 + 2 * 500 + 200 + 500 },
  ]);
});

test("a long text goes in messages of 32 keys", () => {
  keys.press("1234567890".repeat(7));
  pass(1000);
  assert.deepEqual(
    sent.map((m) => m.keys.length),
    [32, 32, 6],
  );
});

test("another talk knows nothing of the keys of the last", () => {
  keys.press("1");
  pass(150);
  keys.press("2");
  keys.clear();
  pass(1000);
  keys.press("3");
  pass(150);
  assert.deepEqual(
    sent.map((m) => [m.keys, m.after]),
    [
      ["1", 0],
      ["3", 0],
    ],
  );
});

test("each key has its own two tones", () => {
  assert.deepEqual(tones("1"), [697, 1209]);
  assert.deepEqual(tones("#"), [941, 1477]);
  const all = [...keypad.join("")].map((key) => tones(key).join());
  assert.equal(new Set(all).size, 12);
});
