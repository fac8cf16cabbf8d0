import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handovers, Talks } from "../src/api";
import { ofWays, totalOf } from "../src/talks";

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

test("the hand-overs of all days on one way are one row, with the mean of all who waited", () => {
  const handed = (parts: Partial<Handovers>): Handovers => ({
    ...{ day: "2026-05-04", by: "ann", queue: "q", handovers: 0, answered: 0, by_another: 0, returned: 0, transferred_out: 0, abandoned: 0 },
    ...{ back_in_line: 0, failed: 0, other: 0, open: 0, mean_wait_s: null, longest_wait_s: 0, warm: 0 },
    ...parts,
  });
  const all = ofWays([
    handed({ to_queue: "r", handovers: 4, answered: 3, warm: 1, abandoned: 1, mean_wait_s: 10, longest_wait_s: 90 }),
    handed({ to_queue: "s", handovers: 1, open: 1 }),
    handed({ day: "2026-05-05", to_queue: "r", handovers: 1, returned: 1, mean_wait_s: 40, longest_wait_s: 40 }),
    handed({ day: "2026-05-06", to_queue: "r", handovers: 1, answered: 1, warm: 1 }),
  ]);
  assert.deepEqual(
    all.map((h) => [h.to_queue, h.handovers, h.answered, h.returned, h.abandoned, h.open, h.warm, h.mean_wait_s, h.longest_wait_s]),
    [
      ["r", 6, 4, 1, 1, 0, 2, 20, 90],
      ["s", 1, 0, 0, 0, 1, 0, null, 0],
    ],
  );
});
