import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, parseListed } from "../src/people";

test("queues and skills are read as they are written", () => {
  for (const text of ["", "sales", "support=2, sales", "a=10, b, c=1"]) {
    const { names, numbers } = parseListed(text);
    assert.equal(listed(names, numbers), text);
  }
});

test("commas and blanks separate; a level that is no number is 0, which the server refuses", () => {
  assert.deepEqual(parseListed(" sales,support=2  french=x vip= "), {
    names: ["sales", "support", "french", "vip"],
    numbers: { support: 2, french: 0, vip: 0 },
  });
});

test("a queue with a weight is listed though all queues are served", () => {
  assert.equal(listed([], { sales: 3 }), "sales=3");
});
