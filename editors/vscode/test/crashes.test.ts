import assert from "node:assert/strict";
import { test } from "node:test";
import { CrashLimiter } from "../src/crashes";

test("the waits grow, then it gives up", () => {
  const limiter = new CrashLimiter();
  const waits = [0, 1, 2, 3, 4].map((second) => limiter.crashed(second * 1000));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, undefined]);
});

test("crashes older than three minutes do not count", () => {
  const limiter = new CrashLimiter();
  for (const now of [0, 1, 2, 3]) limiter.crashed(now);
  assert.equal(limiter.crashed(200_000), 500);
});

test("a start by the user begins anew", () => {
  const limiter = new CrashLimiter();
  assert.equal(limiter.any, false);
  limiter.crashed(0);
  assert.equal(limiter.any, true);
  limiter.reset();
  assert.equal(limiter.any, false);
  assert.equal(limiter.crashed(1), 500);
});
