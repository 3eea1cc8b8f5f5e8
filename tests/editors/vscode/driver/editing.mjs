// The main session: ghost text in two languages, a fix, the model in the status bar, and the counts afterwards.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEndpoint } from "./endpoint.mjs";
import { cleanEnvironment, finished, makeProfile, startEditor } from "./profile.mjs";
import { until } from "./steps.mjs";
import { Workbench } from "./workbench.mjs";

const PYTHON_START = "def area(width, height):\n    return ";
const TYPESCRIPT_START = "export function area(width: number, height: number): number {\n  return ";
/** The first problem comes from the test's own extension, the second from the editor's TypeScript service. */
const MISSPELT = {
  python: { name: "misspelt.py", text: "def surface(width, height):\n    return width * heigth\n", line: 2 },
  typescript: {
    name: "misspelt.ts",
    text: "export function surface(width: number, height: number): number {\n  return width * heigth;\n}\n",
    line: 2,
  },
};

/** What is typed for a text: the editor indents by itself. */
function typed(text) {
  return text.replace(/\n +/, "\n");
}

/**
 * The two hosts. Between them only the address, the name of the model and the kind of endpoint differ.
 * The hosted one fixes sampling itself and refuses a temperature; the self-hosted one must be told.
 */
export const HOSTS = {
  moonshot: {
    behaviour: "moonshot",
    endpoint: "moonshot",
    model: "kimi-k2.6",
    manner: ({ thinking, temperature }) => ({ thinking, temperature }),
    expected: { thinking: { type: "disabled" }, temperature: undefined },
  },
  vllm: {
    behaviour: "vllm",
    endpoint: "vllm",
    model: "moonshotai/Kimi-K2.6",
    manner: ({ chat_template_kwargs: switches, thinking, temperature }) => ({
      switches,
      thinking,
      temperature,
    }),
    expected: {
      switches: { thinking: false, enable_thinking: false },
      thinking: undefined,
      temperature: 0.6,
    },
  },
};

/** A project whose own settings try to choose the program and the address. */
function hostileProject(marker) {
  return {
    files: {
      "shape.py": "",
      "shape.ts": "",
      ...Object.fromEntries(Object.values(MISSPELT).map(({ name, text }) => [name, text])),
    },
    folderSettings: {
      "caretwise.serverPath": marker.program,
      "caretwise.baseUrl": "http://127.0.0.1:9/v1",
      "caretwise.model": "chosen-by-the-folder",
    },
  };
}

/** A program that leaves a file behind if anything starts it. */
function hostileProgram(tools) {
  const program = join(tools.out, "chosen-by-the-folder");
  const file = `${program}.was-started`;
  writeFileSync(program, `#!/bin/sh\ntouch '${file}'\n`, { mode: 0o755 });
  return { program, file };
}

/** Runs the session against one host. `folders` holds the state and cache folders, shared by both hosts. */
export async function editingSession(steps, tools, browser, host, folders) {
  const log = join(tools.out, `${host.behaviour}-requests.jsonl`);
  await using endpoint = await startEndpoint(tools, host.behaviour, log);
  const marker = hostileProgram(tools);
  using profile = makeProfile({
    ...hostileProject(marker),
    machineSettings: { "caretwise.serverPath": tools.server },
  });
  const environment = cleanEnvironment(profile, {
    ...folders,
    CARETWISE_BASE_URL: endpoint.baseUrl,
    CARETWISE_MODEL: host.model,
    CARETWISE_ENDPOINT: host.endpoint,
    CARETWISE_API_KEY: "sk-moonshot-test",
  });
  const editorLog = join(tools.out, `${host.behaviour}-editor.log`);
  await using editor = await startEditor(tools, profile, environment, { log: editorLog });
  const pictures = join(tools.out, host.behaviour);
  const window = await Workbench.open(browser, editor.match[1], profile.at("project"), pictures);
  const step = (name, action) => steps.run(name, action, () => window.shot("failed"));
  await editingSteps(step, window, host);
  await step("the status bar is at rest", () =>
    until(
      async () => !(await window.status()).busy,
      5_000,
      async () => `it still says "${(await window.status()).label}"`,
    ).then(() => undefined),
  );
  await step("nothing outside this machine was asked for", async () =>
    assert.deepEqual([...window.outside], []),
  );
  await step("the folder's own settings chose nothing", async () => assert.ok(!existsSync(marker.file)));
  await window.close();
  await editor.stop(); // the counts are on disk when the server has ended
  await countSteps(steps, tools, host, environment, endpoint);
}

async function editingSteps(step, window, host) {
  await step("the status bar shows the model", async () => {
    await window.waitForStatus(new RegExp(host.model.replace(/[.]/g, "\\.")));
    await window.shot("started");
  });
  await step("python: ghost text while typing", async () => {
    await window.openFile("shape.py");
    await window.type(typed(PYTHON_START));
    await window.waitForGhost("width * height");
    await window.shot("python-ghost");
  });
  await step("python: Tab inserts exactly that", async () => {
    await window.press("Tab");
    await window.saveAs("shape.py", `${PYTHON_START}width * height`);
    await window.shot("python-accepted");
    assert.equal(await window.ghost(), "", "nothing is left to suggest");
  });
  await step("typescript: ghost text while typing", async () => {
    await window.openFile("shape.ts");
    await window.type(typed(TYPESCRIPT_START));
    await window.waitForGhost("width * height;");
    await window.shot("typescript-ghost");
  });
  await step("typescript: Tab inserts exactly that", async () => {
    await window.press("Tab");
    // The editor wrote the closing brace.
    await window.saveAs("shape.ts", `${TYPESCRIPT_START}width * height;\n}`);
    await window.shot("typescript-accepted");
    assert.equal(await window.ghost(), "", "nothing is left to suggest");
  });
  for (const [language, file] of Object.entries(MISSPELT)) await fixSteps(step, window, language, file);
}

/** A problem that another extension reports is fixed from the quick fix menu. */
export async function fixSteps(step, window, language, { name, text, line }) {
  const entry = window.page.locator(".action-widget .monaco-list-row", { hasText: /^Fix with / }).first();
  const problem = window.page.locator(".squiggly-error").first();
  await step(`${language}: a problem that another extension reports is on screen`, async () => {
    await window.openFile(name);
    await problem.waitFor({ timeout: 60_000 });
    for (let down = 1; down < line; down += 1) await window.press("ArrowDown");
    await window.press("End");
    await window.shot(`${language}-problem`);
  });
  await step(`${language}: the quick fix menu lists our fix`, async () => {
    const menu = window.page.locator(".action-widget");
    await until(
      async () => {
        await window.press("Escape");
        await window.press("Control+.");
        return entry.waitFor({ timeout: 3_000 }).then(
          () => true,
          () => false,
        );
      },
      30_000,
      async () => `menu: ${await menu.allInnerTexts()}`,
    );
    await window.shot(`${language}-quick-fix-menu`);
    return (await entry.innerText()).trim();
  });
  await step(`${language}: the fix is previewed before anything changes`, async () => {
    const focused = window.page.locator(".action-widget .monaco-list-row.focused", { hasText: /^Fix with / });
    for (let down = 0; down < 5 && (await focused.count()) === 0; down += 1) await window.press("ArrowDown");
    assert.equal(await focused.count(), 1, "our fix is the one that is selected");
    await window.press("Control+Enter");
    const panel = window.page.locator(".bulk-edit-panel");
    await panel.getByRole("button", { name: /Apply/ }).waitFor({ timeout: 30_000 });
    await window.shot(`${language}-previewed`);
    assert.ok(await problem.isVisible(), "the problem stands until the fix is applied");
  });
  await step(`${language}: the fix is applied exactly`, async () => {
    await window.page.locator(".bulk-edit-panel").getByRole("button", { name: /Apply/ }).click();
    await window.waitForText("width * height");
    await window.saveAs(name, text.replace("heigth", "height"));
    // Some checkers look at a file when it is saved.
    await problem.waitFor({ state: "detached", timeout: 30_000 });
    await window.shot(`${language}-fixed`);
  });
}

/** What the user is told afterwards, and what the host was sent. */
async function countSteps(steps, tools, host, environment, endpoint) {
  await steps.run("the report counts two shown, two accepted, two fixes applied", async () => {
    const report = JSON.parse(await finished(tools.server, ["report", "--json"], environment));
    const row = (role) => report.models.find((entry) => entry.model === host.model && entry.role === role);
    const { shown, accepted, accepted_characters: characters } = row("inline") ?? {};
    assert.deepEqual(
      { shown, accepted, characters },
      { shown: 2, accepted: 2, characters: 29 },
      JSON.stringify(report),
    );
    assert.equal(row("fix")?.applied, 2, JSON.stringify(report));
  });
  await steps.run("every inline request was in the host's own manner, thinking off", async () => {
    const bodies = (await endpoint.requests()).map(({ json }) => json);
    const inline = bodies.filter((body) => !JSON.stringify(body).includes("SEARCH"));
    assert.ok(inline.length >= 2, `${inline.length} inline requests`);
    for (const body of inline) {
      assert.equal(body.model, host.model);
      assert.deepEqual(host.manner(body), host.expected, JSON.stringify(body));
    }
    return `${inline.length} inline requests of ${bodies.length}`;
  });
}
