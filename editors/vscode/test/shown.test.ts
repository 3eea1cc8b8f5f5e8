import assert from "node:assert/strict";
import { test } from "node:test";
import { ShownReporter, suggestionId, VISIBLE_AFTER_MS } from "../src/shown";

function reporter() {
  const sent: string[] = [];
  return { sent, shown: new ShownReporter((id) => sent.push(id)) };
}

test("a suggestion that is still there a few frames later was shown", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, shown } = reporter();
  shown.returned("a", () => true);
  t.mock.timers.tick(VISIBLE_AFTER_MS - 1);
  assert.deepEqual(sent, []);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, ["a"]);
});

test("one that the user has typed past was not", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, shown } = reporter();
  shown.returned("a", () => false);
  t.mock.timers.tick(1000);
  assert.deepEqual(sent, []);
});

test("a newer answer takes the place of one that was not looked at yet", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, shown } = reporter();
  shown.returned("a", () => true);
  shown.returned("b", () => true);
  t.mock.timers.tick(1000);
  assert.deepEqual(sent, ["b"]);
});

test("one id is reported once, however often it is returned", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, shown } = reporter();
  for (let count = 0; count < 3; count += 1) {
    shown.returned("a", () => true);
    t.mock.timers.tick(VISIBLE_AFTER_MS);
  }
  shown.accepted("a");
  assert.deepEqual(sent, ["a"]);
});

test("what was accepted was seen, however quickly", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, shown } = reporter();
  shown.returned("a", () => false);
  shown.accepted("a");
  t.mock.timers.tick(1000);
  assert.deepEqual(sent, ["a"]);
});

test("memory is bounded, and old ids may be reported again", () => {
  const { sent, shown } = reporter();
  for (let number = 0; number < 201; number += 1) shown.accepted(String(number));
  shown.accepted("200");
  assert.equal(sent.length, 201);
  shown.accepted("0");
  assert.equal(sent.length, 202);
});

test("the id is read from the accept command only", () => {
  assert.equal(suggestionId({ command: "caretwise.accept", arguments: ["x1", "full"] }), "x1");
  assert.equal(suggestionId({ command: "caretwise.accept", arguments: [7] }), undefined);
  assert.equal(suggestionId({ command: "caretwise.accept" }), undefined);
  assert.equal(suggestionId({ command: "other.accept", arguments: ["x1"] }), undefined);
  assert.equal(suggestionId(undefined), undefined);
});
