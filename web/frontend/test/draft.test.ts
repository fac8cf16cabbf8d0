import assert from "node:assert/strict";
import { test } from "node:test";
import { drafts, drop, keep, kept, type Draft } from "../src/draft";

const nothing: Draft = { code: "", note: "", complaint: "", complains: false, at: "" };

test("a draft is kept by its call until it is dropped, and the oldest go first", () => {
  const store = new Map<string, string>();
  const storage = new Proxy(
    { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => void store.set(k, v), removeItem: (k: string) => void store.delete(k) },
    { ownKeys: () => [...store.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
  );
  Object.defineProperty(globalThis, "sessionStorage", { value: storage, configurable: true });
  store.set("another", "1");
  keep("c1", { ...nothing, note: "sent" });
  assert.equal(kept("c1")?.note, "sent");
  assert.equal(kept("c2"), null);
  store.set("presszero-draft:c3", "{broken");
  assert.equal(kept("c3"), null);
  drop("c3");
  drop("c1");
  assert.deepEqual(drafts(), []);
  for (let i = 0; i < 25; i++) {
    store.set(`presszero-draft:d${i}`, JSON.stringify({ kept: i, draft: nothing }));
  }
  keep("now", nothing);
  assert.equal(drafts().length, 20);
  assert.equal(kept("d0"), null);
  assert.notEqual(kept("d24"), null);
  assert.notEqual(kept("now"), null);
  assert.equal(store.get("another"), "1");
});
