import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { type Down, Line, type LineState, retryWithin } from "../src/line";

test("the bound of the wait before a retry doubles up to 5 s", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 60].map(retryWithin), [300, 600, 1200, 2400, 4800, 5000, 5000]);
});

/** FakeSocket is a WebSocket that the test opens, closes and speaks through. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen = () => {};
  onmessage = (_: { data: string }) => {};
  onclose = () => {};
  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  welcome() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
    this.say({ type: "welcome", agent: "a", name: "Ana", queues: [], now: "", version: 1 });
  }
  say(m: Down) {
    this.onmessage({ data: JSON.stringify(m) });
  }
}

const latest = () => FakeSocket.all[FakeSocket.all.length - 1] as FakeSocket;
const settled = () => new Promise((done) => setImmediate(done)); // promises of the line have run

let timers: Map<number, { run: () => void; ms: number }>;
let network: Record<string, (e: { type: string }) => void>;
let states: LineState[];
let heard: Down[];
let holds: boolean; // the sign-in
let line: Line;
const real = { setTimeout, clearTimeout, setInterval, clearInterval };

beforeEach(() => {
  timers = new Map();
  network = {};
  [states, heard, holds, FakeSocket.all] = [[], [], true, []];
  let last = 0;
  const start = (run: () => void, ms: number) => {
    timers.set(++last, { run, ms });
    return last;
  };
  const stop = (id: number) => timers.delete(id);
  const window = {
    setTimeout: start,
    setInterval: start,
    addEventListener: (type: string, run: (e: { type: string }) => void) => (network[type] = run),
    removeEventListener: (type: string) => delete network[type],
  };
  Object.assign(globalThis, { WebSocket: FakeSocket, window, clearTimeout: stop, clearInterval: stop });
  line = new Line(
    (s) => states.push(s),
    (m) => heard.push(m),
    async () => holds,
  );
  line.open();
});

afterEach(() => Object.assign(globalThis, real));

/** fire runs the timers of at most so many ms. */
function fire(atMost: number) {
  for (const [id, { run, ms }] of [...timers]) {
    if (ms > atMost) continue;
    timers.delete(id);
    run();
  }
}

test("the line is up when the server has welcomed the page", () => {
  assert.equal(latest().address, "ws://calls.example/desk");
  latest().welcome();
  assert.deepEqual(states, ["up"]);
  assert.match(latest().sent[0] ?? "", /"hello"/);
});

const hello = () => JSON.parse(latest().sent[0] ?? "{}") as Record<string, unknown>;

test("a page takes the desk over only when it is told to, and only until it has it", async () => {
  latest().welcome();
  assert.deepEqual([hello().version, hello().take], [2, false]);
  line.open(true);
  latest().onclose(); // before the welcome
  await settled();
  fire(300);
  latest().welcome();
  assert.equal(hello().take, true);
  latest().onclose();
  await settled();
  fire(300);
  latest().welcome();
  assert.equal(hello().take, false);
});

test("a line that breaks is opened again, and another socket's end changes nothing", async () => {
  const first = latest();
  first.welcome();
  first.onclose();
  await settled();
  assert.deepEqual(states, ["up", "broken"]);
  fire(300);
  assert.equal(FakeSocket.all.length, 2);
  first.onclose();
  latest().welcome();
  await settled();
  assert.deepEqual(states, ["up", "broken", "up"]);
});

test("silence after a ping breaks the line", async () => {
  latest().welcome();
  fire(5000); // the ping
  assert.match(latest().sent[1] ?? "", /"ping"/);
  fire(4000); // no pong
  await settled();
  assert.deepEqual(states, ["up", "broken"]);
});

test("after three failures a sign-in that has ended ends the line", async () => {
  holds = false;
  for (let i = 0; i < 3; i++) {
    latest().onclose();
    await settled();
    fire(1200);
  }
  assert.deepEqual(states, ["broken", "broken", "broken", "over"]);
  assert.equal(heard.at(-1)?.type, "bye");
  assert.deepEqual(Object.keys(network), []);
});

test("a restart of the server keeps the line; any other goodbye ends it", () => {
  latest().welcome();
  latest().say({ type: "bye", why: "restart", text: "" });
  assert.equal(line.state, "up");
  latest().say({ type: "bye", why: "elsewhere", text: "" });
  assert.equal(line.state, "over");
});

test("a line of the network before is replaced as soon as there is another", () => {
  latest().welcome();
  network.offline?.({ type: "offline" });
  network.online?.({ type: "online" }); // before the line is known to be broken
  assert.deepEqual([line.state, FakeSocket.all.length], ["broken", 2]);
  fire(1500); // what was waited for on the socket before
  latest().welcome();
  assert.deepEqual(states, ["up", "broken", "up"]);
  assert.equal(hello().page, JSON.parse(FakeSocket.all[0]!.sent[0]!).page);
});

test("a network that is back is tried at once; one that has changed is put to the test", async () => {
  latest().welcome();
  network.offline?.({ type: "offline" });
  fire(1500); // nothing heard
  await settled();
  assert.equal(line.state, "broken");
  network.online?.({ type: "online" });
  assert.equal(FakeSocket.all.length, 2);
});
