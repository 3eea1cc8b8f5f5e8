// What a new user meets: no server, a server that will not start, settings and a key entered by hand,
// a crash, a pause, and another address for which the key was not meant.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEndpoint } from "./endpoint.mjs";
import { serverProcesses } from "./processes.mjs";
import { cleanEnvironment, makeProfile, startEditor } from "./profile.mjs";
import { until } from "./steps.mjs";
import { Workbench } from "./workbench.mjs";

const START = "def area(width, height):\nreturn ";
const GHOST = "width * height";
const KEY = "sk-moonshot-test";

/** Opens a window on a fresh profile; `run` gets what it needs, and everything is ended after it. */
async function inWindow(tools, browser, name, { profile, folders, ...options }, run) {
  const environment = cleanEnvironment(profile, folders);
  const log = join(tools.out, `${name}-editor.log`);
  await using editor = await startEditor(tools, profile, environment, { log, ...options });
  const pictures = join(tools.out, name);
  const window = await Workbench.open(browser, editor.match[1], profile.at("project"), pictures);
  await run(window);
  await window.close();
}

/** State and cache folders of one session, below its profile. */
function foldersIn(profile) {
  return { CARETWISE_STATE_DIR: profile.at("state"), CARETWISE_CACHE_DIR: profile.at("cache") };
}

/** No server on the PATH, then a program that is no server. */
export async function missingServerSession(steps, tools, browser) {
  using profile = makeProfile({ files: { "shape.py": "" } });
  await inWindow(tools, browser, "missing", { profile, folders: foldersIn(profile) }, async (window) => {
    const step = (name, action) => steps.run(name, action, () => window.shot("failed"));
    await step("without a server there is one message that says what to do", async () => {
      await window.waitForStatus(/no "caretwise" on the PATH/);
      const messages = await until(
        () => nonEmpty(window.notifications()),
        10_000,
        async () => "no message",
      );
      assert.equal(messages.length, 1, JSON.stringify(messages));
      assert.match(messages[0], /pipx install/);
      assert.match(messages[0], /caretwise\.serverPath/);
      await window.shot("not-found");
    });
    await step("a program that is no server: one message, and no restart without end", async () => {
      writeFileSync(profile.machineSettingsFile, JSON.stringify({ "caretwise.serverPath": "/bin/false" }));
      await window.reload();
      await window.waitForStatus(/did not start/);
      const messages = await until(
        () => nonEmpty(window.notifications()),
        10_000,
        async () => "no message",
      );
      assert.equal(messages.length, 1, JSON.stringify(messages));
      await window.shot("not-a-server");
    });
    await step("typing goes on as if nothing were there", async () => {
      await window.openFile("shape.py");
      await window.type("pass");
      await window.saveAs("shape.py", "pass");
    });
    await step("a server without any configuration is shown as the embedded engine", async () => {
      writeFileSync(profile.machineSettingsFile, JSON.stringify({ "caretwise.serverPath": tools.server }));
      await window.reload();
      await window.waitForStatus(/embedded/);
      assert.deepEqual(await window.notifications(), []);
      await window.shot("embedded");
    });
  });
}

async function nonEmpty(list) {
  const items = await list;
  return items.length > 0 && items;
}

/** The settings of a user who set the extension up in the editor; the server is started by its interpreter. */
function settingsFor(tools, host, baseUrl) {
  return {
    "caretwise.serverPath": tools.python,
    "caretwise.baseUrl": baseUrl,
    "caretwise.model": host.model,
    "caretwise.endpoint": host.endpoint,
  };
}

/** Settings and key by hand, a crash, a pause, and a change of address. */
export async function keySession(steps, tools, browser, { moonshot, vllm }) {
  await using hosted = await startEndpoint(tools, moonshot.behaviour, join(tools.out, "key-hosted.jsonl"));
  await using other = await startEndpoint(tools, vllm.behaviour, join(tools.out, "key-other.jsonl"));
  const names = ["first.py", "second.py", "third.py", "fourth.py"];
  const files = Object.fromEntries(names.map((name) => [name, ""]));
  using profile = makeProfile({ files, machineSettings: settingsFor(tools, moonshot, hosted.baseUrl) });
  const folders = foldersIn(profile);
  await inWindow(tools, browser, "key", { profile, folders }, async (window) => {
    const step = (name, action) => steps.run(name, action, () => window.shot("failed"));
    await keySteps(step, window, hosted);
    await crashSteps(step, window, folders.CARETWISE_STATE_DIR);
    await commandSteps(step, window, moonshot);
    await step("another address does not get the key", async () => {
      writeFileSync(profile.machineSettingsFile, JSON.stringify(settingsFor(tools, vllm, other.baseUrl)));
      await window.reload();
      await window.waitForStatus(/Kimi-K2\.6/);
      await window.openFile("fourth.py");
      await window.type(START);
      await window.waitForGhost(GHOST);
      for (const { headers } of await other.requests()) assert.notEqual(headers.authorization, shown(KEY));
    });
  });
}

/** How the model server's log writes a key. */
function shown(key) {
  return `Bearer (${key.length} characters)`;
}

async function keySteps(step, window, hosted) {
  await step("without a key the status bar says so, and typing goes on", async () => {
    await window.waitForStatus(/kimi-k2\.6/);
    await window.openFile("first.py");
    await window.type(START);
    await window.waitForStatus(/key/i);
    await window.saveAs("first.py", START.replace("\n", "\n    "));
    const messages = await until(
      () => nonEmpty(window.notifications()),
      10_000,
      async () => "no message",
    );
    assert.equal(messages.length, 1, JSON.stringify(messages));
    await window.shot("no-key");
  });
  await step(
    "a click on the failed model shows all that the doctor says, and its message offers the key",
    async () => {
      await window.clickStatus();
      await window.page.locator(".tab.active", { hasText: "Doctor" }).waitFor();
      await window.waitForText("MOONSHOT_API_KEY not set");
      const advice = window.page.locator(".notifications-toasts .notification-list-item", {
        hasText: "doctor:",
      });
      await advice.locator(".monaco-button", { hasText: "Set API Key" }).waitFor();
      await window.shot("doctor");
      await window.press("Control+w");
    },
  );
  await step("the key is entered in the editor and used from then on", async () => {
    await window.page
      .locator(".notifications-toasts .monaco-button", { hasText: "Set API Key" })
      .first()
      .click();
    await window.page.locator(".quick-input-widget input[type=password]").waitFor();
    await window.type(KEY);
    await window.shot("enter-key");
    await window.press("Enter");
    // The editor looks at the key first; another input that opens meanwhile would take its place.
    await window.page.locator(".quick-input-widget input[type=password]").waitFor({ state: "hidden" });
    await window.command("Notifications: Clear All Notifications");
    await until(
      async () => !/key/i.test((await window.status()).label),
      20_000,
      async () => JSON.stringify(await window.status()),
    );
    await window.openFile("second.py");
    await window.type(START);
    await window.waitForGhost(GHOST);
    const last = (await hosted.requests()).at(-1);
    assert.equal(last.headers.authorization, shown(KEY));
    await window.shot("key-works");
    await window.press("Escape");
  });
}

async function crashSteps(step, window, stateFolder) {
  await step("a server that is killed comes back, and the next suggestion with it", async () => {
    const [before, ...more] = await serverProcesses(stateFolder);
    assert.equal(more.length, 0, "one server per window");
    process.kill(before, "SIGKILL");
    await window.waitForStatus(/started again/);
    await window.shot("crashed");
    await window.waitForStatus(/kimi-k2\.6/);
    const after = await serverProcesses(stateFolder);
    assert.equal(after.length, 1);
    assert.notEqual(after[0], before);
    assert.deepEqual(await window.notifications(), []);
    await window.openFile("third.py");
    await window.type(START);
    await window.waitForGhost(GHOST);
    await window.press("Escape");
  });
}

async function commandSteps(step, window, moonshot) {
  await step("pausing shows in the status bar, and resuming ends it", async () => {
    const { text } = await window.status();
    await window.command("Caretwise: Pause or Resume Suggestions");
    await window.waitForStatus(/paused/i);
    await window.shot("paused");
    await window.command("Caretwise: Pause or Resume Suggestions");
    await until(
      async () => (await window.status()).text === text && !/paused/i.test((await window.status()).label),
      10_000,
      async () => JSON.stringify(await window.status()),
    );
  });
  await step("the last suggestion is explained", async () => {
    await window.command("Caretwise: Explain the Last Suggestion");
    await window.page.locator(".tab.active", { hasText: "Last suggestion" }).waitFor();
    await window.waitForText(moonshot.model);
    await window.shot("explained");
  });
  await step("the last answer is shown as a test case", async () => {
    await window.command("Caretwise: Show the Last Answer as a Test Case");
    await window.page.locator(".tab.active", { hasText: "Last answer" }).waitFor();
    await window.waitForText("-- ghost --");
  });
  await step("the report opens", async () => {
    await window.command("Caretwise: Show Report");
    await window.page.locator(".tab.active", { hasText: "Report" }).waitFor();
    await window.waitForText("shown");
    await window.shot("report");
  });
  await step("a click on the status bar opens the menu", async () => {
    await window.clickStatus();
    await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Restart server" }).waitFor();
    await window.shot("menu");
  });
  await step("the menu leads to the settings of the machine, in a remote window too", async () => {
    await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Open settings" }).click();
    const settings = window.page.locator(".settings-editor .setting-item-contents");
    await settings.filter({ hasText: "Caretwise: Server Path" }).waitFor();
    await settings.filter({ hasText: "Caretwise: Base Url" }).waitFor();
    await window.shot("settings");
    await window.page.locator(".monaco-modal-editor-block .codicon-close").first().click();
  });
}

/** A folder that is not trusted: nothing is started and nothing sent, until the user trusts it. */
export async function untrustedSession(steps, tools, browser, host) {
  await using endpoint = await startEndpoint(
    tools,
    host.behaviour,
    join(tools.out, "untrusted-requests.jsonl"),
  );
  using profile = makeProfile({
    files: { "shape.py": "" },
    machineSettings: settingsFor(tools, host, endpoint.baseUrl),
  });
  const folders = foldersIn(profile);
  const place = { profile, folders: { ...folders, CARETWISE_API_KEY: KEY }, trustEverything: false };
  await inWindow(tools, browser, "untrusted", place, async (window) => {
    const step = (name, action) => steps.run(name, action, () => window.shot("failed"));
    await step("in an untrusted folder no server runs and nothing is sent", async () => {
      await window.waitForStatus(/not trusted/);
      await window.openFile("shape.py");
      await window.type(START);
      await window.saveAs("shape.py", START.replace("\n", "\n    "));
      assert.deepEqual(await serverProcesses(folders.CARETWISE_STATE_DIR), []);
      assert.deepEqual(await endpoint.requests(), []);
      await window.shot("nothing-started");
    });
    await step("a click leads to the trust editor, and trust starts the server", async () => {
      await window.clickStatus();
      const trust = window.page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ });
      await trust.first().waitFor();
      await window.shot("trust-editor");
      await trust.first().click();
      await window.waitForStatus(/kimi-k2\.6/);
      await window.page.locator(".monaco-modal-editor-block .codicon-close").first().click();
      await window.openFile("shape.py");
      await window.press("Control+End");
      await window.type("\b ");
      await window.waitForGhost(GHOST);
      await window.shot("trusted");
    });
  });
}
