import "./browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fact, HeardSound } from "../src/api";

const { addressOf, endOf, offsets, soundAt } = await import("../src/heard");

const sound = (at_s: number, length_s: number, kind: HeardSound["kind"], name = "", key = ""): HeardSound => ({
  at_s,
  length_s,
  kind,
  name,
  sound: key,
  from_s: 0,
  language: "",
  text: "",
  seq: 1,
});

test("which sound is heard at a moment, and until when there is one", () => {
  const sounds = [sound(0, 1.5, "prompt", "greeting", "aa"), sound(1.5, 2, "music", "default")];
  for (const [at, want] of [
    [0, "greeting"],
    [1.49, "greeting"],
    [1.5, "default"],
    [3.5, undefined],
  ] as const)
    assert.equal(soundAt(sounds, at)?.name, want, `${at} s`);
  assert.equal(endOf(sounds), 3.5);
  assert.equal(endOf([]), 0);
});

test("where a sound is", () => {
  assert.equal(addressOf(sound(0, 1, "music", "a b")), "/api/v1/music/a%20b");
  assert.equal(addressOf(sound(0, 1, "prompt", "main", "ab")), "/api/v1/sounds/ab");
  assert.equal(addressOf(sound(0, 1, "prompt", "main")), "");
  assert.equal(addressOf(sound(0, 1, "silence")), "");
});

test("facts are counted from the answer; those of another call are left out", () => {
  const fact = (seq: number, s: number, kind: string, call?: string): Fact => ({
    seq,
    at: new Date(1000 * s).toISOString(),
    kind,
    data: {},
    ...(call && { call }),
  });
  const list = [fact(1, 10, "call.started"), fact(2, 12, "call.answered"), fact(1, 13, "outgoing.dialed", "c2"), fact(3, 20, "call.ended")];
  assert.deepEqual(
    offsets(list).map((o) => o.at),
    [-2, 0, 8],
  );
});
