// Bundles the extension (out/extension.js) and writes the licences of what went into it.
// With --tests: bundles test/*.test.ts to out/test instead, for node's own test runner.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = { absWorkingDir: here, bundle: true, platform: "node", logLevel: "warning" };

/** Names of the npm packages whose files are part of the bundle. */
function bundledPackages(metafile) {
  const names = Object.keys(metafile.inputs)
    .map((input) => input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//))
    .filter((match) => match !== null)
    .map((match) => match[0]);
  return [...new Set(names)].sort();
}

/** The licence texts of those packages. A package without a licence file stops the build. */
function thirdPartyNotices(metafile) {
  return bundledPackages(metafile)
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(resolve(here, folder, "package.json"), "utf8"),
      );
      const file = readdirSync(resolve(here, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} ${version} has no licence file`);
      return `${name} ${version} (${license})\n\n${readFileSync(resolve(here, folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(78)}\n\n`);
}

if (process.argv.includes("--tests")) {
  const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "out/test",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    target: "node20",
  });
} else {
  const result = await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "out/extension.js",
    external: ["vscode"],
    format: "cjs",
    target: "node20",
    minify: process.argv.includes("--minify"),
    metafile: true,
  });
  writeFileSync(join(here, "out", "THIRD-PARTY.txt"), thirdPartyNotices(result.metafile));
}
