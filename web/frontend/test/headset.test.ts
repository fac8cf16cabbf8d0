import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Collection, hasKeys, Headset, type HidDevice, type Item, MediaKeys, type Situation } from "../src/headset";

const bit = (usage: number, more: Item = {}): Item => ({ usages: [usage], reportSize: 1, reportCount: 1, isAbsolute: true, ...more });
const padding = (bits: number): Item => ({ usages: [], reportSize: 1, reportCount: bits, isAbsolute: true });

/** FakeHeadset is a device with these reports. It keeps what is lit, and repeats it as real ones do. */
class FakeHeadset implements HidDevice {
  opened = false;
  lit: string[] = []; // reports, in hex
  busy = false;
  oninputreport: HidDevice["oninputreport"] = null;
  constructor(
    readonly productName: string,
    readonly collections: readonly Collection[],
  ) {}
  async open() {
    if (this.busy) throw new Error("another program has it");
    this.opened = true;
  }
  async close() {
    this.opened = false;
  }
  async sendReport(id: number, data: Uint8Array) {
    if (!this.opened) throw new Error("it was pulled");
    this.lit.push(`${id}:${[...data].map((b) => b.toString(16).padStart(2, "0")).join("")}`);
  }
  /** reports is a press: the bytes of a report. */
  reports(id: number, ...bytes: number[]) {
    this.oninputreport?.({ reportId: id, data: new DataView(Uint8Array.from(bytes).buffer) });
  }
}

// Volume on another page and in another report; hook switch that stays, mute that tells
// only that it was pressed; lamps in one report. As Jabra and Poly have it.
const usual: Collection[] = [
  { usagePage: 0x0c, inputReports: [{ reportId: 1, items: [bit(0x0c00e9), bit(0x0c00ea), padding(6)] }] },
  {
    usagePage: 0x0b,
    inputReports: [{ reportId: 2, items: [bit(0x0b0020), bit(0x0b0097), padding(1), bit(0x0b002f, { isAbsolute: false }), padding(4)] }],
    outputReports: [
      { reportId: 3, items: [bit(0x080017), bit(0x080009), bit(0x080018), padding(5)] },
      { reportId: 4, items: [bit(0x08001e), padding(7)] },
    ],
  },
];

const idle: Situation = { ringing: false, talking: false, muted: false };
const ringing: Situation = { ...idle, ringing: true };
const talking: Situation = { ...idle, talking: true };
const settled = () => new Promise((done) => setImmediate(done));

let now: number;
let wishes: string[];
let granted: HidDevice[];

const keys = {
  answer: () => wishes.push("answer"),
  hangUp: () => wishes.push("hang up"),
  mute: (on: boolean) => wishes.push(on ? "mute" : "unmute"),
};
const hid = {
  getDevices: async () => granted,
  requestDevice: async () => granted,
};
const plugged = (collections: Collection[]): [FakeHeadset, Headset] => {
  const device = new FakeHeadset("Headset", collections);
  granted = [device];
  return [device, new Headset(hid, keys, () => now)];
};
const follow = async (headset: Headset, s: Situation) => {
  headset.follow(s);
  await settled();
};

beforeEach(() => {
  now = 10_000;
  wishes = [];
  granted = [];
});

test("a call by the headset alone: it rings, is answered, muted and hung up, and is open for no longer", async () => {
  const [device, headset] = plugged(usual);
  assert.equal(device.opened, false);
  await follow(headset, ringing);
  assert.deepEqual([device.opened, device.lit], [true, ["3:04"]]);
  device.reports(1, 1); // volume
  device.reports(2, 0b1); // off the hook
  assert.deepEqual(wishes, ["answer"]);
  await follow(headset, talking);
  device.reports(2, 0b1); // it repeats what its lamp tells it
  now += 2000;
  device.reports(2, 0b1001);
  assert.deepEqual(wishes, ["answer", "mute"]);
  await follow(headset, { ...talking, muted: true });
  device.reports(2, 0b0001);
  device.reports(2, 0b1001);
  assert.deepEqual(wishes, ["answer", "mute", "unmute"]);
  await follow(headset, talking);
  device.reports(2, 0); // on the hook
  assert.deepEqual(wishes, ["answer", "mute", "unmute", "hang up"]);
  await follow(headset, idle);
  assert.deepEqual([device.opened, device.lit], [false, ["3:04", "3:01", "3:03", "3:01", "3:00"]]);
});

test("a call that the page answers and mutes: the headset repeats it, which means nothing", async () => {
  const [device, headset] = plugged(usual);
  await follow(headset, ringing);
  await follow(headset, talking);
  now += 200;
  device.reports(2, 0b1);
  await follow(headset, { ...talking, muted: true });
  assert.deepEqual(wishes, []);
  now += 5000;
  device.reports(2, 0);
  assert.deepEqual(wishes, ["hang up"]);
  await follow(headset, idle);
  device.reports(2, 0b1001);
  assert.deepEqual(wishes, ["hang up"]); // it is closed
});

test("a key that springs back is a key, too", async () => {
  const [device, headset] = plugged([
    {
      usagePage: 0x0b,
      inputReports: [{ items: [bit(0x0b0020), bit(0x0b002f), padding(6)] }],
      outputReports: [{ items: [bit(0x080017), padding(7)] }],
    },
  ]);
  const tap = (bits: number) => {
    device.reports(0, bits);
    now += 120;
    device.reports(0, 0);
    now += 3000;
  };
  await follow(headset, ringing);
  tap(0b01);
  assert.deepEqual(wishes, ["answer"]);
  await follow(headset, talking);
  now += 2000;
  tap(0b10);
  await follow(headset, { ...talking, muted: true });
  tap(0b10);
  await follow(headset, talking);
  tap(0b01);
  assert.deepEqual(wishes, ["answer", "mute", "unmute", "hang up"]);
  assert.deepEqual(device.lit, ["0:00", "0:01", "0:01", "0:01"]);
});

test("a switch that stays: muted while it is on", async () => {
  const [device, headset] = plugged([{ usagePage: 0x0b, inputReports: [{ items: [bit(0x0b002f)] }] }]);
  await follow(headset, talking);
  device.reports(0, 1);
  await follow(headset, { ...talking, muted: true });
  now += 4000;
  device.reports(0, 0);
  assert.deepEqual(wishes, ["mute", "unmute"]);
});

test("keys in a list, a range of usages, and reports within reports", async () => {
  const [device, headset] = plugged([
    {
      usagePage: 0x01,
      children: [
        {
          usagePage: 0x0b,
          inputReports: [
            {
              reportId: 7,
              items: [{ isArray: true, isRange: true, usageMinimum: 0x0b0020, usageMaximum: 0x0b002f, logicalMinimum: 1, reportSize: 8, reportCount: 2 }],
            },
            { reportId: 8, items: [{ isRange: true, usageMinimum: 0x0b00b0, usageMaximum: 0x0b00bb, reportSize: 1, reportCount: 12 }] },
          ],
        },
      ],
    },
  ]);
  assert.ok(hasKeys(device));
  await follow(headset, ringing);
  device.reports(8, 0xff, 0x0f); // digits
  device.reports(7, 0, 0);
  assert.deepEqual(wishes, []);
  device.reports(7, 0, 1); // the first of the range: the hook switch
  assert.deepEqual(wishes, ["answer"]);
  await follow(headset, talking);
  now += 3000;
  device.reports(7, 16, 1); // and the last: mute
  assert.deepEqual(wishes, ["answer", "mute"]);
  device.reports(7, 0, 1);
  device.reports(7, 0, 0);
  assert.deepEqual(wishes, ["answer", "mute", "hang up"]);
});

test("a device of another kind, one that another program has, and one that is pulled", async () => {
  const mouse = new FakeHeadset("Mouse", [{ usagePage: 1, inputReports: [{ items: [bit(0x090001)] }] }]);
  const taken = new FakeHeadset("Taken", usual);
  const ours = new FakeHeadset("Ours", usual);
  taken.busy = true;
  granted = [mouse, taken, ours];
  const headset = new Headset(hid, keys, () => now);
  assert.deepEqual(await headset.names(), ["Taken", "Ours"]);
  await follow(headset, ringing);
  assert.deepEqual([mouse.opened, taken.opened, ours.opened], [false, false, true]);
  ours.opened = false; // pulled
  await follow(headset, talking);
  taken.busy = false;
  await follow(headset, { ...talking, muted: true }); // and the next one is asked
  assert.deepEqual([taken.opened, taken.lit], [true, ["3:03"]]);
  await follow(headset, idle);
  assert.equal(taken.opened, false);
});

test("without WebHID nothing happens", async () => {
  const headset = new Headset(undefined, keys);
  await headset.ask();
  await follow(headset, ringing);
  assert.deepEqual([headset.supported, await headset.names(), wishes], [false, [], []]);
});

test("the system's keys count in a talk only, and those that it does not know are no error", () => {
  const handlers = new Map<string, (() => void) | null>();
  const told: boolean[] = [];
  const session = {
    setActionHandler: (action: string, handler: (() => void) | null) => {
      if (action === "hangup") throw new TypeError("unknown action");
      handlers.set(action, handler);
    },
    setMicrophoneActive: (on: boolean) => told.push(on),
  } as unknown as MediaSession;
  const system = new MediaKeys(session, keys);
  system.follow(idle);
  assert.equal(handlers.size, 0);
  system.follow(talking);
  handlers.get("togglemicrophone")!();
  system.follow({ ...talking, muted: true });
  handlers.get("togglemicrophone")!();
  assert.deepEqual(
    [wishes, told],
    [
      ["mute", "unmute"],
      [true, false],
    ],
  );
  system.follow(idle);
  assert.equal(handlers.get("togglemicrophone"), null);
  new MediaKeys(undefined, keys).follow(talking);
});
