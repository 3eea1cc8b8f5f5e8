/** What is shipped: the manifest, the lock file and the content of the package. Run from this folder. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const settings: Record<string, { scope: string; default: unknown }> =
  manifest.contributes.configuration.properties;

/** Names in the central directory of a zip archive (APPNOTE 4.3.12). */
function zipNames(file: string): string[] {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  let at = bytes.readUInt32LE(end + 16);
  return Array.from({ length: bytes.readUInt16LE(end + 10) }, () => {
    const length = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + length);
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    return name;
  });
}

test("the package holds these files and no other", () => {
  assert.deepEqual(zipNames("caretwise.vsix").sort(), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE.txt",
    "extension/out/THIRD-PARTY.txt",
    "extension/out/extension.js",
    "extension/package.json",
    "extension/readme.md",
  ]);
});

test("the bundle needs nothing but the editor and node", () => {
  const bundle = readFileSync("out/extension.js", "utf8");
  const wanted = new Set([...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1] ?? ""));
  const builtin =
    /^(node:)?(assert|child_process|crypto|events|fs|fs\/promises|net|os|path|readline|stream|string_decoder|url|util|worker_threads)$/;
  for (const name of wanted) assert.ok(name === "vscode" || builtin.test(name), name);
  assert.ok(wanted.has("vscode"));
});

test("the licences of everything bundled are in it", () => {
  const notices = readFileSync("out/THIRD-PARTY.txt", "utf8");
  for (const name of [
    "vscode-languageclient",
    "vscode-languageserver-protocol",
    "vscode-jsonrpc",
    "semver",
    "minimatch",
  ]) {
    assert.match(notices, new RegExp(`^${name} \\d`, "m"));
  }
});

test("a folder can set nothing that decides which program runs or where code goes", () => {
  const machine = Object.keys(settings).filter((name) => settings[name]?.scope === "machine");
  assert.deepEqual(
    machine.sort(),
    ["baseUrl", "config", "endpoint", "model", "serverPath"].map((name) => `caretwise.${name}`),
  );
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, "limited");
  assert.deepEqual([...restrictedConfigurations].sort(), machine.sort());
});

test("no default sends code anywhere, and no key can stand in a settings file", () => {
  assert.equal(settings["caretwise.baseUrl"]?.default, "");
  for (const name of Object.keys(settings)) assert.doesNotMatch(name, /key|token|secret/i);
});

test("the palette's commands stay clear of the server's names", () => {
  const ids: string[] = manifest.contributes.commands.map((entry: { command: string }) => entry.command);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^caretwise\.editor\./);
  const source = readFileSync("src/commands.ts", "utf8");
  for (const id of ids) assert.ok(source.includes(`register("${id.split(".")[2]}"`), id);
});

test("there is no proposed interface and no run-time dependency", () => {
  assert.equal(manifest.enabledApiProposals, undefined);
  assert.equal(manifest.dependencies, undefined);
});

test("the lock file holds hashes and no addresses", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const entries = Object.entries<Record<string, unknown>>(lock.packages).filter(([name]) => name !== "");
  assert.ok(entries.length > 50);
  for (const [name, entry] of entries) {
    assert.equal(entry.resolved, undefined, name);
    assert.match(String(entry.integrity), /^sha512-/, name);
  }
});

test("the bundle is valid JavaScript", () => {
  execFileSync(process.execPath, ["--check", "out/extension.js"]);
});
