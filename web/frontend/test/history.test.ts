import assert from "node:assert/strict";
import { test } from "node:test";
import { busy } from "../src/abandonment";
import { together } from "../src/codes";
import { shade } from "../src/heat";
import { callsPath, closed, opened, titleOf, which } from "../src/kinds";
import { Place } from "../src/place";
import { places, tops } from "../src/plot";
import { daily } from "../src/promises";
import { sentence, unsaid } from "../src/story";
import "../src/lost";

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
  assert.deepEqual(places(x, 840), [0, 4, 8, 12, 16, 20]);
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

test("a number of another report opens what it counts, on its day", () => {
  const place = new Place("/history", "?from=2026-05-04&to=2026-05-05&show=promises");
  const href = place.href(opened({ kind: "promises.broken", queue: "sales", on: "2026-05-05" }));
  const w = which(new Place("/history", href.slice("/history".length)))!;
  assert.deepEqual(w, { kind: "promises.broken", queue: "sales", on: "2026-05-05" });
  assert.equal(callsPath(w, span), "/api/v1/reports/calls?day=2026-05-05&days=1&counted=promises.broken&queue=sales");
  assert.match(titleOf(w, span, "2026-05-05"), /^Broken promises: waited longer than told: Waited longer · sales · 5 May 2026$/);
  const lost = { kind: "people.lost", only: { about: "24" } };
  assert.equal(callsPath(lost, span), "/api/v1/reports/calls?day=2026-05-04&days=2&about=24&counted=people.lost");
  assert.match(titleOf(lost, span, "2026-05-05"), / · 1 day · /);
  assert.equal(
    callsPath({ kind: "abandoned", only: { wait_up_to_s: "5" } }, { day: "2026-05-04", days: 1 }).replace(/outcome=[^&]*/, ""),
    "/api/v1/reports/calls?day=2026-05-04&days=1&wait_up_to_s=5&&after_talk=false",
  );
});

test("promises of all queues are added up by day", () => {
  const row = (day: string, told: number, broken: number) => ({ day, told, broken });
  assert.deepEqual(daily([row("1", 3, 1), row("1", 2, 2), row("2", 1, 0)]), [row("1", 5, 3), row("2", 1, 0)]);
});

test("the story of a caller who gave up is in sentences", () => {
  const said = (kind: string, data: Record<string, unknown>) => sentence({ kind, data });
  assert.equal(said("call.started", { from: "+34600000001", to: "100" }), "The call came in from +34600000001 to 100.");
  assert.equal(said("call.started", { from: "anonymous", to: "100" }), "The call came in from a withheld number to 100.");
  assert.equal(said("ivr.node_entered", { node: "main", flow: "f" }), "The caller heard the menu “main”.");
  assert.equal(said("ivr.zero", { node: "main", during_prompt: true }), "The caller pressed 0 for a person while the menu “main” was read out.");
  assert.equal(said("queue.entered", { queue: "support", kind: "live", origin: "menu", position: 3 }), "The caller entered the queue support in place 3.");
  assert.equal(said("queue.entered", { queue: "support", kind: "live", origin: "transfer", by: "ann", position: 1 }), "");
  assert.equal(said("ewt.announced", { low_s: 120, high_s: 240 }), "The caller was told that it would take 2:00 to 4:00.");
  assert.equal(said("callback.offered", { why: "long" }), "The caller was offered a callback (the wait is long).");
  assert.equal(said("offer.ended", { agent: "ann", how: "no_answer", ring_s: 15 }), "ann did not answer: it rang for 0:15.");
  assert.equal(
    said("promise.broken", { high_s: 360, waited_s: 660 }),
    "Last time the caller was told 6:00 at most, and waited 11:00: that promise was broken.",
  );
  assert.equal(said("queue.left", { queue: "support", outcome: "abandoned_queue", queue_s: 245 }), "The caller gave up after 4:05 in the queue support.");
  assert.equal(said("queue.left", { queue: "support", outcome: "answered", queue_s: 5 }), "");
  assert.equal(said("call.ended", { side: "caller", outcome: "abandoned_ivr", node: "main" }), "The caller hung up in the menu “main”.");
  assert.equal(said("bridge.joined", {}), "");
  assert.deepEqual(unsaid({ kind: "ivr.input", data: { node: "main", digit: "2", late: true } }), { late: true });
});
