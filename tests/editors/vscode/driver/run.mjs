// Drives the extension in a real VS Code workbench:
//   node run.mjs --server CARETWISE --python PYTHON --editor FOLDER --extension VSIX --diagnostics VSIX
//                --double SERVE.PY --checkers FOLDER --chromium PROGRAM --out FOLDER [--only NAME]
// Prints a line for each step and `N passed, M failed`; the exit status is 0 if none failed.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { armsSession } from "./arms.mjs";
import { checkersSession } from "./checkers.mjs";
import { editingSession, HOSTS } from "./editing.mjs";
import { keySession, missingServerSession, untrustedSession } from "./first-use.mjs";
import { reportSession } from "./report.mjs";
import { Steps } from "./steps.mjs";
import { startBrowser } from "./workbench.mjs";

const NEEDED = [
  "server",
  "python",
  "editor",
  "extension",
  "diagnostics",
  "double",
  "checkers",
  "chromium",
  "out",
];
const LONGEST_MS = 10 * 60_000;

function readTools() {
  const options = Object.fromEntries([...NEEDED, "only"].map((name) => [name, { type: "string" }]));
  const { values } = parseArgs({ options });
  for (const name of NEEDED) if (values[name] === undefined) throw new Error(`--${name} is missing`);
  return { ...Object.fromEntries(NEEDED.map((name) => [name, resolve(values[name])])), only: values.only };
}

/** Makes the folder for pictures and logs. An old one is emptied, but only if an earlier run made it. */
function emptyFolder(folder) {
  const mark = join(folder, ".made-by-the-vscode-test");
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(mark)) {
    throw new Error(`${folder} holds other files; name a folder that is empty or does not exist`);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(mark, "");
}

async function main() {
  const tools = readTools();
  emptyFolder(tools.out);
  const folders = {
    CARETWISE_STATE_DIR: join(tools.out, "state"),
    CARETWISE_CACHE_DIR: join(tools.out, "cache"),
  };
  const browser = await startBrowser(tools);
  const steps = new Steps();
  const sessions = {
    report: ["the report's page", () => reportSession(steps, tools, browser)],
    moonshot: ["hosted Kimi K2.6", () => editingSession(steps, tools, browser, HOSTS.moonshot, folders)],
    vllm: ["the same, self-hosted", () => editingSession(steps, tools, browser, HOSTS.vllm, folders)],
    arms: ["two models compared", () => armsSession(steps, tools, browser)],
    checkers: ["ruff and pyright", () => checkersSession(steps, tools, browser, HOSTS.moonshot)],
    missing: ["no server", () => missingServerSession(steps, tools, browser)],
    key: ["settings and key entered by hand", () => keySession(steps, tools, browser, HOSTS)],
    untrusted: [
      "a folder that is not trusted",
      () => untrustedSession(steps, tools, browser, HOSTS.moonshot),
    ],
  };
  for (const [name, [title, run]] of Object.entries(sessions)) {
    if (tools.only === undefined || tools.only === name) await steps.session(title, run);
  }
  await browser.close();
  return steps.finish();
}

setTimeout(() => {
  console.log(`NOT OK  the run took longer than ${LONGEST_MS / 60_000} minutes`);
  process.exit(1);
}, LONGEST_MS).unref();
process.exitCode = await main();
