import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveBaseUrl, type MachineSettings, originOf, serverEnvironment } from "../src/environment";

function settings(changes: Partial<MachineSettings> = {}): MachineSettings {
  return { serverPath: "", config: "", baseUrl: "", model: "", endpoint: "", ...changes };
}

test("an origin is scheme, host and port", () => {
  assert.equal(originOf("https://API.moonshot.ai/v1"), "https://api.moonshot.ai");
  assert.equal(originOf(" http://127.0.0.1:8000/v1 "), "http://127.0.0.1:8000");
  assert.equal(originOf("https://h:443/"), originOf("https://h"));
  assert.notEqual(originOf("http://h"), originOf("https://h"));
});

test("what is no web address has no origin", () => {
  for (const address of ["", "api.moonshot.ai/v1", "file:///etc/passwd", "ftp://h", "javascript:1"]) {
    assert.equal(originOf(address), undefined, address);
  }
});

test("a name and password in an address do not change its origin", () => {
  assert.equal(originOf("https://api.moonshot.ai@evil.example/v1"), "https://evil.example");
});

test("settings become variables, empty ones leave the inherited value", () => {
  const built = serverEnvironment(
    settings({ config: "/c.toml", model: " kimi-k2.6 ", endpoint: "moonshot" }),
    { PATH: "/bin", CARETWISE_BASE_URL: "http://a/v1" },
    undefined,
  );
  assert.deepEqual(built, {
    PATH: "/bin",
    CARETWISE_BASE_URL: "http://a/v1",
    CARETWISE_CONFIG: "/c.toml",
    CARETWISE_MODEL: "kimi-k2.6",
    CARETWISE_ENDPOINT: "moonshot",
  });
});

test("the inherited environment is not changed", () => {
  const inherited = { CARETWISE_MODEL: "old" };
  serverEnvironment(settings({ model: "new" }), inherited, "key");
  assert.deepEqual(inherited, { CARETWISE_MODEL: "old" });
});

test("a stored key wins over an inherited one", () => {
  const built = serverEnvironment(settings(), { CARETWISE_API_KEY: "inherited" }, "stored");
  assert.equal(built.CARETWISE_API_KEY, "stored");
});

test("an inherited key does not follow a setting to another origin", () => {
  const inherited = { CARETWISE_BASE_URL: "https://a/v1", CARETWISE_API_KEY: "for a" };
  const other = serverEnvironment(settings({ baseUrl: "https://b/v1" }), inherited, undefined);
  assert.ok(!("CARETWISE_API_KEY" in other));
  const same = serverEnvironment(settings({ baseUrl: "https://a/v2" }), inherited, undefined);
  assert.equal(same.CARETWISE_API_KEY, "for a");
});

test("an inherited key does not follow a setting to another endpoint", () => {
  const inherited = { CARETWISE_ENDPOINT: "moonshot", CARETWISE_API_KEY: "for moonshot" };
  const other = serverEnvironment(settings({ endpoint: "deepseek" }), inherited, undefined);
  assert.ok(!("CARETWISE_API_KEY" in other));
  const address = serverEnvironment(settings({ baseUrl: "https://b/v1" }), inherited, undefined);
  assert.ok(!("CARETWISE_API_KEY" in address));
  const same = serverEnvironment(settings({ model: "kimi-k2.6" }), inherited, undefined);
  assert.equal(same.CARETWISE_API_KEY, "for moonshot");
});

test("an inherited key without an address is meant for whatever the user sets", () => {
  const built = serverEnvironment(
    settings({ baseUrl: "https://b/v1" }),
    { CARETWISE_API_KEY: "k" },
    undefined,
  );
  assert.equal(built.CARETWISE_API_KEY, "k");
});

test("the address is the setting, else the variable", () => {
  assert.equal(
    effectiveBaseUrl(settings({ baseUrl: "http://s" }), { CARETWISE_BASE_URL: "http://e" }),
    "http://s",
  );
  assert.equal(effectiveBaseUrl(settings(), { CARETWISE_BASE_URL: "http://e" }), "http://e");
  assert.equal(effectiveBaseUrl(settings(), {}), "");
});
