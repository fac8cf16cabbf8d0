import assert from "node:assert/strict";
import { test } from "node:test";
import { away, back, calm, door, emergency, helped, hours, leaving, move, next, peak, recording, today, type Act } from "../src/acts";
import type { LiveAgent, LiveCaller, LiveQueue } from "../src/api";

const until = "2026-03-02T18:00:00Z";
const later = "2026-03-02T20:00:00Z";
const queue = (more: Partial<LiveQueue> = {}) => ({ name: "sup port", open: true, waiting: [], talking: [], ...more }) as LiveQueue;
const caller = (more: Partial<LiveCaller> = {}) => ({ call: "c/1", number: "+34", state: "waiting", since: until, ...more }) as LiveCaller;
const agent = (more: Partial<LiveAgent> = {}) =>
  ({
    agent: "ana",
    name: "",
    queues: ["a"],
    skills: [{ name: "german", level: 8 }],
    presence: "available",
    state: "idle",
    since: until,
    media: true,
    ...more,
  }) as LiveAgent;
const form = {} as FormData;

const line = (a: Act | undefined) => (a ? `${a.method} ${a.path.replace("/api/v1", "")} ${JSON.stringify(a.body ?? null)}` : "none");

const table: [string, Act, string, string][] = [
  ["close", door(queue(), false, until), `PUT /queues/sup%20port/door {"open":false,"until":"${until}"}`, "DELETE /queues/sup%20port/door null"],
  [
    "close again",
    door(queue({ switched: { open: true, until: later, by: "max" } }), false, ""),
    `PUT /queues/sup%20port/door {"open":false,"until":""}`,
    `PUT /queues/sup%20port/door {"open":true,"until":"${later}"}`,
  ],
  [
    "by its hours",
    hours(queue({ switched: { open: false, until: later, by: "max" } })),
    "DELETE /queues/sup%20port/door null",
    `PUT /queues/sup%20port/door {"open":false,"until":"${later}"}`,
  ],
  ["peak", peak(queue(), until), `PUT /queues/sup%20port/peak {"until":"${until}"}`, "DELETE /queues/sup%20port/peak null"],
  [
    "no peak",
    peak(queue({ peak: { until: later, by: "max" } }), ""),
    "DELETE /queues/sup%20port/peak null",
    `PUT /queues/sup%20port/peak {"until":"${later}"}`,
  ],
  ["next", next(caller()), "PUT /waiting/c%2F1/next null", "DELETE /waiting/c%2F1/next null"],
  ["not next", next(caller({ next: true })), "DELETE /waiting/c%2F1/next null", "PUT /waiting/c%2F1/next null"],
  ["move", move(caller(), "a", "b"), `PUT /waiting/c%2F1/queue {"queue":"b"}`, `PUT /waiting/c%2F1/queue {"queue":"a"}`],
  ["away", away(agent(), "lunch"), `PUT /agents/ana/away {"reason":"lunch"}`, "DELETE /agents/ana/away null"],
  ["back", back(agent({ presence: "away", reason: "lunch", set_by: "sue" })), "DELETE /agents/ana/away null", `PUT /agents/ana/away {"reason":"lunch"}`],
  ["leaving", leaving(agent()), "PUT /agents/ana/leaving null", "DELETE /agents/ana/leaving null"],
  ["stays", leaving(agent({ leaving: true })), "DELETE /agents/ana/leaving null", "PUT /agents/ana/leaving null"],
  ["today", today(agent(), { queues: ["b"], skills: {} }), `PUT /agents/ana/today {"queues":["b"],"skills":{}}`, "DELETE /agents/ana/today null"],
  [
    "otherwise today",
    today(agent({ today: true }), { queues: ["b"], skills: {} }),
    `PUT /agents/ana/today {"queues":["b"],"skills":{}}`,
    `PUT /agents/ana/today {"queues":["a"],"skills":{"german":8}}`,
  ],
  ["as usual", today(agent({ today: true }), null), "DELETE /agents/ana/today null", `PUT /agents/ana/today {"queues":["a"],"skills":{"german":8}}`],
  ["helped", helped(agent()), "DELETE /agents/ana/help null", "none"],
  ["emergency", emergency(undefined, "Fire", until), `PUT /emergency {"text":"Fire","until":"${until}"}`, "DELETE /emergency null"],
  [
    "another emergency",
    emergency({ text: "Flood", until: later, by: "max" }, "Fire", until),
    `PUT /emergency {"text":"Fire","until":"${until}"}`,
    `PUT /emergency {"text":"Flood","until":"${later}"}`,
  ],
  ["over a recording", emergency({ text: "", until: later, by: "max" }, "Fire", until), `PUT /emergency {"text":"Fire","until":"${until}"}`, "none"],
  ["recorded", recording(undefined, form, until), "PUT /emergency/audio?until=2026-03-02T18%3A00%3A00Z {}", "DELETE /emergency null"],
  ["calm", calm({ text: "Flood", until: later, by: "max" }), "DELETE /emergency null", `PUT /emergency {"text":"Flood","until":"${later}"}`],
  ["calm after a recording", calm({ text: "", until: later, by: "max" }), "DELETE /emergency null", "none"],
];

for (const [name, act, does, undoes] of table) {
  test(`${name}: what is asked for, and what undoes it`, () => {
    assert.equal(line(act), does);
    assert.equal(line(act.undo), undoes);
    assert.equal(act.undo?.undo, undefined);
    assert.notEqual(act.said, "");
  });
}
