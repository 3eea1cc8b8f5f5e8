// Problems that the real ruff and the real pyright report: fixed, verified by them, gone, and counted.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixSteps } from "./editing.mjs";
import { startEndpoint } from "./endpoint.mjs";
import { cleanEnvironment, finished, makeProfile, startEditor } from "./profile.mjs";
import { Workbench } from "./workbench.mjs";

const TEXT = "def surface(width, height):\n    return width * heigth\n";
const FILES = {
  ruff: { name: "ruff_shape.py", text: TEXT, line: 2 },
  pyright: { name: "pyright_shape.py", text: TEXT, line: 2 },
};

/** Runs the session. Each file is named after the checker that looks at it. */
export async function checkersSession(steps, tools, browser, host) {
  const programs = Object.fromEntries(Object.keys(FILES).map((name) => [name, join(tools.checkers, name)]));
  await using endpoint = await startEndpoint(
    tools,
    host.behaviour,
    join(tools.out, "checkers-requests.jsonl"),
  );
  using profile = makeProfile({
    files: Object.fromEntries(Object.values(FILES).map(({ name, text }) => [name, text])),
    machineSettings: { "caretwise.serverPath": tools.server },
  });
  mkdirSync(profile.at("config/caretwise"), { recursive: true });
  const tables = Object.entries(programs).map(
    ([name, path]) => `[checkers.${name}]\npath = "${path}"\nseconds = 60\n`,
  );
  writeFileSync(profile.at("config/caretwise/config.toml"), tables.join("\n"));
  const environment = cleanEnvironment(profile, {
    CARETWISE_STATE_DIR: profile.at("state"),
    CARETWISE_CACHE_DIR: profile.at("cache"),
    CARETWISE_BASE_URL: endpoint.baseUrl,
    CARETWISE_MODEL: host.model,
    CARETWISE_ENDPOINT: host.endpoint,
    CARETWISE_API_KEY: "sk-moonshot-test",
    CARETWISE_TEST_RUFF: programs.ruff,
    CARETWISE_TEST_PYRIGHT: programs.pyright,
  });
  await using editor = await startEditor(tools, profile, environment, {
    log: join(tools.out, "checkers-editor.log"),
  });
  const window = await Workbench.open(
    browser,
    editor.match[1],
    profile.at("project"),
    join(tools.out, "checkers"),
  );
  const step = (name, action) => steps.run(name, action, () => window.shot("failed"));
  for (const [name, file] of Object.entries(FILES)) {
    await fixSteps(step, window, name, file);
    await step(`${name}: how the fix was verified is explained`, async () => {
      await window.command("Caretwise: Explain the Last Suggestion");
      await window.waitForText(`checker ${name}: passed`);
      await window.shot(`${name}-explained`);
    });
  }
  await window.close();
  await editor.stop(); // the counts are on disk when the server has ended
  await steps.run("the report counts two fixes: applied, verified, and their problems gone", async () => {
    const report = JSON.parse(await finished(tools.server, ["report", "--json"], environment));
    const { offered, applied, verified, gone, undone } =
      report.models.find(({ role }) => role === "fix") ?? {};
    assert.deepEqual(
      { offered, applied, verified, gone, undone },
      { offered: 2, applied: 2, verified: 2, gone: 2, undone: 0 },
      JSON.stringify(report),
    );
  });
}
