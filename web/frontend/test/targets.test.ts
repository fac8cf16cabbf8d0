import assert from "node:assert/strict";
import { test } from "node:test";
import type { Targets } from "../src/api";
import { choices } from "../src/targets";

const targets: Targets = {
  queues: [
    { name: "Ventas", open: true, waiting: 0, free: 2 },
    { name: "billing", open: false, waiting: 0, free: 0 },
  ],
  colleagues: [
    { agent: "bea", name: "Bea Núñez", state: "talking" },
    { agent: "eve", name: "Eve", state: "idle" },
  ],
  numbers: [
    { name: "Courier", number: "+34911111111", queue: "Ventas" },
    { name: "Front desk", number: "+34922222222", queue: "billing" },
  ],
  breaks: [],
};
const names = (filter: string) => choices(targets, filter, "billing").map((c) => c.name);

test("without a filter there is everybody: who is free first, favourites of other queues last", () => {
  assert.deepEqual(names(""), ["Ventas", "billing", "Eve", "Bea Núñez", "Front desk", "Courier"]);
});

test("words are found in any order, without capitals and accents", () => {
  assert.deepEqual(names("nunez b"), ["Bea Núñez"]);
  assert.deepEqual(names("VENT"), ["Ventas"]);
  assert.deepEqual(names("nobody"), []);
});

test("a number that is typed can be called, and a favourite is found by its number", () => {
  const found = choices(targets, "+34 911 23 45", "billing");
  assert.deepEqual(found, [{ id: "typed", group: "numbers", name: "+34 911 23 45", target: { number: "+34 911 23 45" } }]);
  assert.deepEqual(names("9222"), ["Front desk", "9222"]);
  assert.deepEqual(names("12"), []);
});

test("each choice has one target and its own id", () => {
  const all = choices(targets, "", "billing");
  assert.equal(new Set(all.map((c) => c.id)).size, all.length);
  for (const c of all) assert.equal(Object.values(c.target).length, 1);
});
