import assert from "node:assert/strict";
import { test } from "node:test";
import { busy } from "../src/abandonment";
import { together } from "../src/codes";
import { shade } from "../src/heat";
import { callsPath, closed, opened, titleOf, which } from "../src/kinds";
import { Place } from "../src/place";
import { places, tops } from "../src/plot";

const span = { day: "2026-05-04", days: 2 };

test("a link says what it opens, and keeps the view", () => {
  const place = new Place("/history", "?from=2026-05-04&queue=sales&page=3");
  const href = place.href(opened({ kind: "abandoned", queue: "sales", only: { weekday: "2", minute: "570" } }));
  assert.equal(href, "/history?from=2026-05-04&queue=sales&calls=abandoned&of=sales&weekday=2&minute=570");
  const there = new Place("/history", href.slice("/history".length));
  const w = which(there);
  assert.deepEqual(w, { kind: "abandoned", queue: "sales", only: { weekday: "2", minute: "570" } });
  assert.equal(there.href(closed), "/history?from=2026-05-04&queue=sales");
  assert.equal(
    callsPath(w!, span),
    "/api/v1/reports/calls?day=2026-05-04&days=2&weekday=2&minute=570&queue=sales&outcome=abandoned_queue%2Cabandoned_ringing%2Cabandoned_at_answer&after_talk=false",
  );
  assert.match(titleOf(w!, span, "2026-05-05"), /^Callers who gave up · sales · Tue 09:30 · 4\s?–\s?5 May 2026$/);
});

test("an interval is asked for in place of the span, and no kind opens nothing", () => {
  const w = { kind: "all", since: "2026-05-04T08:00:00Z", until: "2026-05-04T08:30:00Z" };
  assert.equal(callsPath(w, span), "/api/v1/reports/calls?from=2026-05-04T08%3A00%3A00Z&to=2026-05-04T08%3A30%3A00Z");
  assert.equal(which(new Place("/history", "?calls=constructor&call=x")), null);
});

test("the chart is of the time in which anybody came", () => {
  const rows = [0, 0, 3, 0, 1, 0].map((offered) => ({ now: { offered } }));
  assert.deepEqual(busy(rows), [2, 5]);
  assert.deepEqual(busy([]), [0, 0]);
});

test("bars lie upon each other, lines do not", () => {
  const s = { name: "", colour: "rest", as: "bars" } as const;
  assert.deepEqual(
    tops([
      { ...s, stack: true, values: [1, 2] },
      { ...s, stack: true, values: [3, null] },
      { ...s, values: [9, 9] },
    ]),
    [
      [1, 2],
      [4, 2],
      [9, 9],
    ],
  );
});

test("as many words at the axis as there is room for", () => {
  const x = Array.from({ length: 24 }, (_, i) => i);
  assert.equal(places(x, 5000).length, 24);
  assert.deepEqual(places(x, 840), [0, 3, 6, 9, 12, 15, 18, 21]);
});

test("the darker, the more gave up", () => {
  assert.deepEqual([null, 0, 0.02, 0.19, 0.2, 1].map(shade), [-1, 0, 1, 3, 4, 5]);
});

test("codes of several days are one row each", () => {
  const row = (day: string, code: string, talks: number) => ({ day, queue: "q", code, talks, notes: 1, share: 0 });
  const all = together([row("1", "a", 3), row("1", "b", 1), row("2", "b", 6)]);
  assert.deepEqual(
    all.map((c) => [c.code, c.talks, c.notes, c.share]),
    [
      ["b", 7, 2, 0.7],
      ["a", 3, 1, 0.3],
    ],
  );
});
