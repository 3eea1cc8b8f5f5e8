import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyStore, keyProblem, type Secrets } from "../src/key";

/** Secret storage as VS Code has it, in memory. */
function storage(): Secrets {
  const values = new Map<string, string>();
  return {
    get: async (name) => values.get(name),
    store: async (name, value) => void values.set(name, value),
    delete: async (name) => void values.delete(name),
  };
}

test("a key comes back for its own origin only", async () => {
  const keys = new KeyStore(storage());
  await keys.set("https://a", "key of a");
  assert.equal(await keys.get("https://a"), "key of a");
  assert.equal(await keys.get("http://a"), undefined);
  assert.equal(await keys.get("https://a:8443"), undefined);
  assert.equal(await keys.get("https://b"), undefined);
  assert.equal(await keys.get(undefined), undefined);
});

test("removing a key leaves the others", async () => {
  const keys = new KeyStore(storage());
  await keys.set("https://a", "1");
  await keys.set("https://b", "2");
  await keys.remove("https://a");
  assert.equal(await keys.get("https://a"), undefined);
  assert.equal(await keys.get("https://b"), "2");
});

test("a storage that cannot be read counts as empty", async () => {
  const keys = new KeyStore({ ...storage(), get: () => Promise.reject(new Error("no keyring")) });
  assert.equal(await keys.get("https://a"), undefined);
});

test("what cannot be a key is named", () => {
  assert.equal(keyProblem("sk-abc_DEF.123"), undefined);
  assert.equal(keyProblem("  sk-abc\n"), undefined);
  assert.match(keyProblem("  ") ?? "", /empty/);
  assert.match(keyProblem("sk abc") ?? "", /space/);
  assert.match(keyProblem("sk-abc…") ?? "", /character/);
});
