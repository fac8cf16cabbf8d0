import assert from "node:assert/strict";
import { test } from "node:test";
import { query } from "../src/api";

test("a query has the parameters that are given, escaped", () => {
  assert.equal(query({ day: "2026-05-04", queue: undefined, outcome: "" }), "day=2026-05-04");
  assert.equal(query({ number: "+34 9&1" }), "number=%2B34+9%261");
});
