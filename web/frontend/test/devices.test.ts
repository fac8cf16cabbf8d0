import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { allOutputs, type Device, Devices, find, type Microphone, microphoneStep, missing, sinksOf } from "../src/devices";

const jabra = { id: "1", label: "Jabra" };
const laptop = { id: "2", label: "Laptop" };
const desk = { id: "3", label: "Desk microphone" };
const system = { id: "default", label: "Default" };
const all = [jabra, laptop, desk];

test("a device is found by its id, else by its label, else the system's own is taken", () => {
  for (const [choice, there, device, by] of [
    [null, all, null, "system"],
    [jabra, all, jabra, "id"],
    [{ id: "1", label: "renamed" }, all, jabra, "id"],
    [{ id: "old", label: "Laptop" }, all, laptop, "label"],
    [{ id: "old", label: "" }, [{ id: "1", label: "" }], null, "system"],
    [jabra, [laptop], null, "system"],
    [jabra, [], null, "system"],
  ] as const) {
    assert.deepEqual(find(choice, there), { device, by }, JSON.stringify([choice, there]));
  }
});

test("a device is missing if it was chosen and is not there", () => {
  assert.equal(missing(null, []), null);
  assert.equal(missing(jabra, all), null);
  assert.equal(missing({ id: "old", label: "Jabra" }, all), null);
  assert.equal(missing(jabra, [laptop]), jabra);
  assert.equal(missing(allOutputs, []), null);
});

test("a sound goes to the chosen output, to all of them, or to the system's", () => {
  assert.deepEqual(sinksOf(null, all), [""]);
  assert.deepEqual(sinksOf(laptop, all), ["2"]);
  assert.deepEqual(sinksOf(laptop, [jabra]), [""]);
  assert.deepEqual(sinksOf(allOutputs, all), ["1", "2", "3"]);
  assert.deepEqual(sinksOf(allOutputs, []), [""]);
});

test("what is done about the microphone", () => {
  const calm: Microphone = { choice: jabra, used: jabra, there: all, before: [], ended: false, flat: false, due: true };
  const open = (device: Device | null, why: "chosen" | "next" | "again") => ({ do: "open", device, why });
  for (const [what, change, step] of [
    ["the chosen one is used", {}, { do: "keep" }],
    ["nothing was chosen", { choice: null, used: system }, { do: "keep" }],
    ["nothing was chosen, and the system has another", { choice: null, used: laptop }, { do: "keep" }],
    ["pulled in a talk", { there: [laptop, desk] }, open(null, "next")],
    ["pulled in a talk, another was used before", { there: [laptop, desk], before: [jabra, desk] }, open(desk, "next")],
    ["pulled in a talk, the one used before is not there either", { there: [laptop], before: [jabra, desk] }, open(null, "next")],
    ["pulled, and it was the only one", { there: [] }, { do: "stop" }],
    ["pulled when nobody is there", { there: [laptop], due: false }, { do: "stop" }],
    ["let go of, nobody is there", { used: null, there: [laptop], due: false }, { do: "keep" }],
    ["the system's own is pulled when nobody is there", { choice: null, used: jabra, there: [laptop], due: false }, open(null, "next")],
    ["the last one of the system is pulled", { choice: null, used: system, there: [], due: false }, { do: "stop" }],
    ["the chosen one comes back in a talk", { used: laptop }, open(jabra, "chosen")],
    ["the chosen one comes back when nobody is there", { used: null, due: false }, open(jabra, "chosen")],
    ["it comes back with another id", { used: laptop, there: [laptop, { id: "9", label: "Jabra" }] }, open({ id: "9", label: "Jabra" }, "chosen")],
    ["plugged in where none was", { choice: null, used: null, there: [laptop], due: false }, open(null, "next")],
    ["the one in place of it is pulled", { used: laptop, there: [desk] }, open(null, "next")],
    ["it has ended, and is still listed", { ended: true }, open(jabra, "again")],
    ["the one in place of it has ended", { choice: jabra, used: laptop, ended: true, there: [laptop, desk] }, open(null, "next")],
    ["exact zeros", { flat: true }, open(jabra, "again")],
    ["exact zeros when the chosen one is back", { flat: true, used: laptop }, open(jabra, "chosen")],
  ] as [string, Partial<Microphone>, unknown][]) {
    assert.deepEqual(microphoneStep({ ...calm, ...change }), step, what);
  }
});

/** media is what the browser has, which the test plugs and pulls. */
class FakeMedia {
  there: { kind: string; deviceId: string; label: string }[] = [];
  asked: string[] = [];
  private heard: () => void = () => {};
  enumerateDevices = async () => this.there;
  addEventListener = (_: string, f: () => void) => (this.heard = f);
  removeEventListener = () => (this.heard = () => {});
  tell() {
    this.heard();
  }
}

let media: FakeMedia;
let kept: Map<string, string>;
let timers: Map<number, () => void>;
const settled = () => new Promise((done) => setImmediate(done));

beforeEach(() => {
  media = new FakeMedia();
  kept = new Map();
  timers = new Map();
  const later = (run: () => void) => timers.set(timers.size + 1, run).size;
  Object.assign(navigator, { mediaDevices: media });
  Object.assign(globalThis, {
    localStorage: { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v) },
    window: { setInterval: later, setTimeout: later },
    clearTimeout: (n: number) => timers.delete(n),
  });
});

const realClear = clearTimeout;
afterEach(() => Object.assign(globalThis, { clearTimeout: realClear }));

test("the choice is remembered, and what cannot be read is none", async () => {
  const first = new Devices(() => {});
  await first.choose("mic", jabra);
  await first.choose("bell", allOutputs);
  assert.deepEqual(new Devices(() => {}).choices, { mic: jabra, ear: null, bell: allOutputs });
  for (const text of ["", "null", "{}", '{"mic": 7}', '{"mic": {"id": 1, "label": "x"}}', "{"]) {
    kept.set("presszero.devices", text);
    assert.deepEqual(new Devices(() => {}).choices, { mic: null, ear: null, bell: null }, text);
  }
  kept.clear();
  Object.assign(globalThis, { localStorage: undefined });
  const without = new Devices(() => {});
  await without.choose("mic", jabra);
  assert.deepEqual(without.choices.mic, jabra);
});

test("what is there is told once when it changes, half a second after the browser tells", async () => {
  let told = 0;
  const devices = new Devices(() => told++);
  media.there = [
    { kind: "audioinput", deviceId: "default", label: "Default - Jabra" },
    { kind: "audioinput", deviceId: "1", label: "Jabra" },
    { kind: "audiooutput", deviceId: "5", label: "Room" },
    { kind: "audiooutput", deviceId: "", label: "" },
    { kind: "videoinput", deviceId: "6", label: "Camera" },
  ];
  devices.start();
  await settled();
  assert.deepEqual([devices.mics, devices.outputs, told], [[jabra], [{ id: "5", label: "Room" }], 1]);
  const [look] = timers.values();
  look!();
  await settled();
  assert.equal(told, 1);

  media.there = media.there.filter((d) => d.deviceId !== "1");
  for (let n = 0; n < 4; n++) media.tell();
  assert.equal(timers.size, 2); // of four times that it was told, one counts
  [...timers.values()].at(-1)!();
  await settled();
  assert.deepEqual([devices.mics, told], [[], 2]);
});

test("Firefox is asked for a loudspeaker that it does not give, and its answer is the choice", async () => {
  const asked: string[] = [];
  class FakeAudio {
    async setSinkId(id: string) {
      if (id !== "1") throw new Error("not allowed");
    }
  }
  Object.assign(globalThis, { Audio: FakeAudio });
  Object.assign(media, {
    selectAudioOutput: async ({ deviceId }: { deviceId: string }) => {
      asked.push(deviceId);
      if (deviceId === "5") throw new Error("closed the question");
      return { deviceId: "new", label: "Room" };
    },
  });
  const devices = new Devices(() => {});
  await devices.choose("ear", laptop);
  assert.deepEqual(devices.choices.ear, { id: "new", label: "Room" });
  await devices.choose("bell", { id: "5", label: "Hall" });
  assert.deepEqual(devices.choices.bell, { id: "5", label: "Hall" });
  await devices.choose("bell", jabra);
  assert.deepEqual(devices.choices.bell, jabra);
  await devices.choose("bell", allOutputs);
  await devices.choose("ear", null);
  await devices.choose("mic", jabra);
  assert.deepEqual(asked, ["2", "5"]);
});
