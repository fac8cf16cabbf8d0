import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { burstEvery, burstLong, Bursts, firstBurst } from "../src/bursts";
import { mayRest } from "../src/phone";

/** FakeWorker is the clock, which the test turns. */
class FakeWorker {
  static all: FakeWorker[] = [];
  said: unknown[] = [];
  ended = false;
  onmessage = (_: { data: boolean }) => {};
  onerror = () => {};
  constructor(readonly address: string) {
    FakeWorker.all.push(this);
  }
  postMessage(m: unknown) {
    this.said.push(m);
  }
  terminate() {
    this.ended = true;
  }
  turn(speak: boolean) {
    if (!this.ended) this.onmessage({ data: speak });
  }
}

const mic = {} as MediaStreamTrack;
const settled = () => new Promise((done) => setImmediate(done));
const real = globalThis.Worker;
let sent: (MediaStreamTrack | null)[];
let replaced: () => Promise<void>;
let bursts: Bursts;

beforeEach(() => {
  FakeWorker.all = [];
  sent = [];
  replaced = async () => {};
  Object.assign(globalThis, { Worker: FakeWorker });
  const replaceTrack = (track: MediaStreamTrack | null) => {
    sent.push(track);
    return replaced();
  };
  bursts = new Bursts({ replaceTrack }, mic);
});

afterEach(() => Object.assign(globalThis, { Worker: real }));

test("it rests by the clock of a worker, and speaks at once when it is wanted", async () => {
  bursts.rest(true);
  bursts.rest(true);
  assert.equal(FakeWorker.all.length, 1);
  const clock = FakeWorker.all[0]!;
  assert.deepEqual([clock.address, clock.said], ["/assets/clock.js", [true]]);
  assert.deepEqual(sent, []); // until the clock runs
  for (const speak of [false, true, false]) {
    clock.turn(speak);
    await settled();
  }
  assert.deepEqual(sent, [null, mic, null]);
  bursts.rest(false);
  assert.deepEqual(sent, [null, mic, null, mic]);
  assert.ok(clock.ended);
  clock.turn(false); // was on its way
  await settled();
  assert.equal(sent.at(-1), mic);
});

test("the last turn counts when the browser is slow", async () => {
  let done = () => {};
  replaced = () => new Promise((resolve) => (done = resolve));
  bursts.rest(true);
  FakeWorker.all[0]!.turn(false);
  bursts.rest(false);
  assert.deepEqual(sent, [null]); // one after another
  done();
  await settled();
  assert.deepEqual(sent, [null, mic]);
});

test("without a clock it sends all the time", async () => {
  bursts.rest(true);
  FakeWorker.all[0]!.onerror();
  await settled();
  assert.equal(sent.at(-1), mic);
  assert.ok(FakeWorker.all[0]!.ended);
});

test("a connection that has ended is no error", async () => {
  replaced = () => Promise.reject(new Error("closed"));
  bursts.rest(true);
  FakeWorker.all[0]!.turn(false);
  await settled();
  bursts.rest(false);
  await settled();
});

test("the clock speaks at once for a tenth of the time, from half a second on", async (t) => {
  const turns: [number, boolean][] = [];
  let now = 0;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { postMessage: (speak: boolean) => turns.push([now, speak]), onmessage: null });
  await import("../src/clock");
  const clock = globalThis as unknown as { onmessage: (e: { data: boolean }) => void };
  clock.onmessage({ data: true });
  for (; now < 2600; ) {
    now += 20;
    t.mock.timers.tick(20);
  }
  assert.deepEqual(turns, [
    [firstBurst, false],
    [firstBurst + burstEvery - burstLong, true],
    [firstBurst + burstEvery, false],
    [firstBurst + 2 * burstEvery - burstLong, true],
    [firstBurst + 2 * burstEvery, false],
  ]);
  clock.onmessage({ data: false });
});

test("a page rests only while the server hears it and no voice is due", () => {
  const desk = { presence: "available", since: "", queues: [] } as const;
  for (const [state, rests] of [
    ["idle", true],
    ["wrap_up", true],
    ["ringing", false],
    ["connecting", false],
    ["talking", false],
  ] as const) {
    const at = { ...desk, state, media: true, queues: [] };
    assert.equal(mayRest({ desk: at, path: "connected" }), rests, state);
    assert.equal(mayRest({ desk: { ...at, media: false }, path: "connected" }), false, state);
    assert.equal(mayRest({ desk: at, path: "failed" }), false, state);
  }
  assert.equal(mayRest({ desk: null, path: "connected" }), false);
});
