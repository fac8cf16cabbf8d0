import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOf } from "../src/echo";
import { between, type Counters, countersOf, Meter, mosOf, oneWay, rating, wordFor } from "../src/quality";
import { beep, wav } from "../src/tones";

const rated = (delay: number, percent: number) => mosOf(rating(delay, percent / 100)).toFixed(2);

test("the E-model gives the figures that were worked out by hand", () => {
  assert.deepEqual(
    [0, 1, 3, 5, 10].map((p) => rated(60, p)),
    ["4.38", "4.29", "4.08", "3.86", "3.34"],
  );
  assert.equal(rated(300, 0), "3.71");
  assert.equal(rated(300, 3), "3.22");
  assert.equal(mosOf(-5), 1);
  assert.equal(mosOf(0), 1);
  assert.ok(mosOf(100) <= 4.5);
});

test("the way of a voice is half the round trip, the buffer, a packet and what lies behind the server", () => {
  assert.equal(oneWay(0, 0), 60);
  assert.equal(oneWay(80, 10), 120);
});

test("a word for each figure", () => {
  assert.deepEqual([4.4, 4, 3.99, 3.6, 3.59, 1].map(wordFor), ["good", "good", "fair", "fair", "poor", "poor"]);
});

const start: Counters = {
  at: 0,
  packets: 1000,
  sent: 1000,
  lost: 7,
  samples: 160_000,
  concealed: 900,
  jitter: 0.004,
  trip: null,
  theirLost: null,
  theirJitter: null,
};
const after = (change: Partial<Counters>): Counters => ({ ...start, at: 5000, packets: 1250, samples: 200_000, trip: 0.03, ...change });

test("a reading is about what happened between two moments, and rated by the worse way", () => {
  const calm = between(start, after({}))!;
  assert.deepEqual([calm.trip, calm.jitter, calm.lost, calm.concealed, calm.worst], [30, 4, 0, 0, "delay"]);
  assert.ok(calm.mos > 4.3);

  const gaps = between(start, after({ packets: 1225, lost: 32, concealed: 5900 }))!; // 25 of 250, 5,000 of 40,000
  assert.deepEqual([gaps.lost, gaps.concealed, gaps.worst], [0.1, 0.125, "here"]);
  assert.equal(wordFor(gaps.mos), "poor");

  const theirs = between(start, after({ theirLost: 0.08, theirJitter: 0.005 }))!;
  assert.deepEqual([theirs.lost, theirs.worst, wordFor(theirs.mos)], [0, "there", "poor"]);

  const far = between(start, after({ trip: 0.7, lost: 6 }))!; // one that was counted as lost has come late
  assert.deepEqual([far.lost, far.worst, wordFor(far.mos)], [0, "delay", "poor"]);
});

test("nothing is read where nothing came and nothing was due", () => {
  assert.equal(between(start, after({ packets: 1000 })), null);
});

test("the meter reads the last five seconds, and begins anew for another talk", () => {
  const meter = new Meter();
  const at = (ms: number, lost: number): Counters => ({ ...start, at: ms, packets: 1000 + ms / 20, lost });
  assert.equal(meter.take(at(0, 0)), null);
  assert.equal(meter.take(at(500, 50)), null);
  assert.ok(meter.take(at(1000, 50))!.lost > 0.4);
  for (let ms = 1500; ms <= 5500; ms += 500) meter.take(at(ms, 50));
  assert.equal(meter.take(at(6000, 50))!.lost, 0); // what was lost is longer ago
  meter.reset();
  assert.equal(meter.take(at(6500, 90)), null);
});

test("the browser's reports: of the line of the caller, and RTCP before ICE", () => {
  const receiver = [
    { type: "codec" },
    { type: "inbound-rtp", packetsReceived: 50, packetsLost: 2, totalSamplesReceived: 8000, concealedSamples: 480, silentConcealedSamples: 160, jitter: 0.003 },
  ];
  const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.02 };
  assert.deepEqual(countersOf(receiver, [{ type: "outbound-rtp", packetsSent: 49 }, { type: "candidate-pair", currentRoundTripTime: 9 }, pair], 1), {
    at: 1,
    packets: 50,
    sent: 49,
    lost: 2,
    samples: 8000,
    concealed: 320,
    jitter: 0.003,
    trip: 0.02,
    theirLost: null,
    theirJitter: null,
  });
  const remote = { type: "remote-inbound-rtp", roundTripTime: 0.05, fractionLost: 0.25, jitter: 0.001 };
  for (const order of [
    [pair, remote],
    [remote, pair],
  ]) {
    const c = countersOf(receiver, order, 1);
    assert.deepEqual([c.trip, c.theirLost, c.theirJitter], [0.05, 0.25, 0.001]);
  }
});

const samplesOf = (file: Uint8Array, channels: number, channel: number) => {
  const view = new DataView(file.buffer);
  return Float32Array.from({ length: (file.length - 44) / 2 / channels }, (_, n) => view.getInt16(44 + 2 * (n * channels + channel), true) / 32_767);
};

test("a tone is found among others, by its amplitude", () => {
  const tone = (hz: number) =>
    samplesOf(
      wav(0.02, (t) => 0.5 * Math.sin(2 * Math.PI * hz * t)),
      1,
      0,
    );
  assert.ok(Math.abs(levelOf(tone(1000), 16_000, 1000) - 0.5) < 0.01);
  assert.ok(levelOf(tone(450), 16_000, 1000) < 0.02);
  assert.equal(levelOf(new Float32Array(320), 16_000, 1000), 0);
});

test("a beep is in one ear only, in a file that players read", () => {
  for (const [side, loud] of [
    ["left", 0],
    ["right", 1],
  ] as const) {
    const file = beep(side);
    const view = new DataView(file.buffer);
    assert.equal(new TextDecoder().decode(file.slice(0, 16)).replace(/[^\w ]/g, ""), "RIFFWAVEfmt ".replace(/[^\w ]/g, ""));
    assert.deepEqual([view.getUint32(4, true), view.getUint16(22, true), view.getUint32(40, true)], [file.length - 8, 2, file.length - 44]);
    assert.ok(levelOf(samplesOf(file, 2, loud).slice(1600, 4800), 16_000, 440) > 0.2);
    assert.ok(samplesOf(file, 2, 1 - loud).every((s) => s === 0));
  }
});
