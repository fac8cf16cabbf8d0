import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../src/api";
import { barsOf } from "../src/chart";

const row = (start: string, offered: number, answered: number, abandoned: number) => ({ start, offered, answered, abandoned }) as Row;

test("no rows are no bars", () => {
  assert.deepEqual(barsOf([]), []);
});

test("the queues of an interval are added up, and gaps are filled", () => {
  const bars = barsOf([
    row("2026-05-04T09:30:00Z", 1, 0, 1),
    row("2026-05-04T08:00:00Z", 3, 2, 1),
    row("2026-05-04T10:00:00+02:00", 4, 4, 0), // 8:00 too
  ]);
  assert.deepEqual(
    bars.map((b) => [new Date(b.start).toISOString().slice(11, 16), b.offered, b.answered, b.abandoned]),
    [
      ["08:00", 7, 6, 1],
      ["08:30", 0, 0, 0],
      ["09:00", 0, 0, 0],
      ["09:30", 1, 0, 1],
    ],
  );
});
