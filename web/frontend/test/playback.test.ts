import "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";

const { Heard } = await import("../src/playback");
const { columns, peaksOf } = await import("../src/waveform");

test("what was heard is told piece by piece, and nothing that was jumped over", () => {
  const told: [number, number][] = [];
  const heard = new Heard((from, to) => told.push([from, to]));
  for (const at of [0, 0.25, 0.5, 10, 10.25, 10.5]) heard.at(at);
  heard.end();
  heard.end();
  heard.at(3);
  heard.end(); // a moment
  for (let at = 20; at <= 55; at += 0.5) heard.at(at);
  heard.end();
  assert.deepEqual(told, [
    [0, 0.5],
    [10, 10.5],
    [20, 50],
    [50, 55],
  ]);
});

test("a column is as high as the loudest of its time", () => {
  const peaks = peaksOf(btoa(String.fromCharCode(1, 9, 2, 3, 200, 4)));
  assert.deepEqual(columns(peaks, 0.05, 0.3, 3), [9, 3, 200]);
  assert.deepEqual(columns(peaks, 0.05, 0.3, 6), [1, 9, 2, 3, 200, 4]);
  assert.deepEqual(columns(peaks, 0.05, 0.6, 2), [200, 0]);
});
