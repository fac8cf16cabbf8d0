import assert from "node:assert/strict";
import { test } from "node:test";
import type { Talks } from "../src/api";
import { ofAgents, totalOf } from "../src/talks";

const row = (parts: Partial<Talks>) => ({ ...totalOf([]), ...parts });

test("no rows have no means", () => {
  const none = totalOf([]);
  assert.deepEqual([none.talks, none.mean_talk_s, none.mean_hold_s, none.mean_handle_s, none.longest_hold_s], [0, null, null, null, 0]);
});

test("means are of all talks, that of hold of the held ones", () => {
  const all = totalOf([
    row({ agent: "ann", talks: 3, talk_s: 300, wrap_s: 30, handle_s: 330 }),
    row({ agent: "bea", talks: 1, talk_s: 20, hold_s: 60, wrap_s: 0, handle_s: 80, held: 1, holds: 2, longest_hold_s: 50, left_on_hold_caller: 1 }),
  ]);
  assert.deepEqual([all.mean_talk_s, all.mean_hold_s, all.mean_wrap_s, all.mean_handle_s], [80, 60, 7.5, 102.5]);
  assert.deepEqual([all.talks, all.held, all.holds, all.longest_hold_s, all.left_on_hold_caller], [4, 1, 2, 50, 1]);
});

test("the days of an agent in a queue are one row", () => {
  const all = ofAgents([
    row({ agent: "bea", queue: "q", talks: 1 }),
    row({ agent: "ann", queue: "q", talks: 2, talk_s: 60 }),
    row({ agent: "bea", queue: "q", talks: 3, talk_s: 40 }),
  ]);
  assert.deepEqual(
    all.map((r) => [r.agent, r.talks, r.mean_talk_s]),
    [
      ["ann", 2, 30],
      ["bea", 4, 10],
    ],
  );
});
