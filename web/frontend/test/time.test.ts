import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, dayClock, dayOf, duration, now, percent, setClock, since } from "../src/time";

test("a duration is m:ss, and h:mm:ss from an hour on", () => {
  for (const [ms, want] of [
    [-5000, "0:00"],
    [0, "0:00"],
    [999, "0:00"],
    [59_999, "0:59"],
    [60_000, "1:00"],
    [3_599_000, "59:59"],
    [3_600_000, "1:00:00"],
    [36_061_000, "10:01:01"],
  ] as const) {
    assert.equal(duration(ms), want, `${ms} ms`);
  }
});

test("a share is a percentage with one decimal; none is a dash", () => {
  assert.equal(percent(null), "–");
  assert.equal(percent(0), "0.0%");
  assert.equal(percent(0.8571), "85.7%");
  assert.equal(percent(1), "100.0%");
});

test("times are by the server's clock", () => {
  setClock(new Date(Date.now() + 3_600_000).toISOString());
  assert.ok(Math.abs(now() - Date.now() - 3_600_000) < 1000);
  assert.match(since(new Date(Date.now()).toISOString()), /^(1:00:0\d|59:59)$/);
  setClock(new Date().toISOString());
});

test("a clock time has the weekday if it is of another day", () => {
  assert.equal(clock("2026-05-04T06:05:00Z"), "08:05");
  setClock("2026-05-04T10:00:00Z");
  assert.equal(dayClock("2026-05-04T06:05:00Z"), "08:05");
  assert.match(dayClock("2026-05-05T06:05:00Z"), /^Tue.*08:05$/);
  assert.equal(dayClock("2026-05-03T22:30:00Z"), "00:30"); // today in this zone
  setClock(new Date().toISOString());
});

test("a day is the local one, also on days of 23 and 25 hours", () => {
  for (const [at, want] of [
    ["2026-03-28T22:59:59Z", "2026-03-28"],
    ["2026-03-28T23:00:00Z", "2026-03-29"],
    ["2026-03-29T21:59:59Z", "2026-03-29"],
    ["2026-03-29T22:00:00Z", "2026-03-30"],
    ["2026-10-25T22:59:59Z", "2026-10-25"],
    ["2026-10-25T23:00:00Z", "2026-10-26"],
    ["2025-12-31T23:00:00Z", "2026-01-01"],
  ] as const) {
    assert.equal(dayOf(Date.parse(at)), want, at);
  }
});
