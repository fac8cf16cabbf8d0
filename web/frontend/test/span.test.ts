import assert from "node:assert/strict";
import { test } from "node:test";
import { last, later, preset, presets, spanOf } from "../src/span";

test("the days of an address, both ends in it", () => {
  for (const [from, to, want] of [
    ["2026-05-04", "2026-05-10", "2026-05-04 7"],
    ["2026-05-04", "", "2026-05-04 1"],
    ["2026-05-04", "2026-05-01", "2026-05-04 1"],
    ["2026-02-30", "2026-05-01", "2026-05-20 1"], // no such day: today
    ["yesterday", "", "2026-05-20 1"],
    ["2020-01-01", "2026-05-01", "2020-01-01 400"],
  ] as const) {
    const s = spanOf(from, to, "2026-05-20");
    assert.equal(`${s.day} ${s.days}`, want, `${from} ${to}`);
  }
});

test("presets, seen from a Wednesday", () => {
  const wants = {
    today: "2026-05-20 2026-05-20",
    yesterday: "2026-05-19 2026-05-19",
    this_week: "2026-05-18 2026-05-20",
    last_week: "2026-05-11 2026-05-17",
    this_month: "2026-05-01 2026-05-20",
    last_month: "2026-04-01 2026-04-30",
    four_weeks: "2026-04-22 2026-05-19",
  };
  for (const name of presets) {
    const s = preset(name, "2026-05-20");
    assert.equal(`${s.day} ${last(s)}`, wants[name], name);
  }
  assert.equal(preset("this_week", "2026-05-18").days, 1);
  assert.equal(later("2026-03-01", -1), "2026-02-28");
});
