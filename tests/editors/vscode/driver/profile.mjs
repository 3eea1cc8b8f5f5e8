// A fresh home for the editor: settings, extensions, projects, and the environment that the server inherits.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProgram } from "./processes.mjs";

// Quiet and comparable pictures: no welcome page, no assistant of the editor's own, no suggestion list over the text.
const USER_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.reduceMotion": "on",
  "workbench.tips.enabled": false,
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
  "editor.parameterHints.enabled": false,
  "editor.minimap.enabled": false,
  "editor.fontSize": 14,
  "window.commandCenter": false,
  "typescript.disableAutomaticTypeAcquisition": true, // it asks a package registry
  "[typescript]": { "editor.tabSize": 2 },
  "git.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
};

/** Makes the folders of one session. `files` are the project's, by name. */
export function makeProfile({ files, machineSettings = {}, folderSettings }) {
  const root = mkdtempSync(join(tmpdir(), "caretwise-vscode-"));
  const at = (name) => join(root, name);
  for (const name of ["home", "config", "data/User", "data/Machine", "extensions", "project"]) {
    mkdirSync(at(name), { recursive: true });
  }
  writeFileSync(at("data/User/settings.json"), JSON.stringify(USER_SETTINGS));
  writeFileSync(at("data/Machine/settings.json"), JSON.stringify(machineSettings));
  for (const [name, text] of Object.entries(files)) writeFileSync(at(`project/${name}`), text);
  if (folderSettings !== undefined) {
    mkdirSync(at("project/.vscode"));
    writeFileSync(at("project/.vscode/settings.json"), JSON.stringify(folderSettings));
  }
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return { at, [Symbol.dispose]: remove, machineSettingsFile: at("data/Machine/settings.json") };
}

/** The environment of the editor: nothing of the caller's but a search path. */
export function cleanEnvironment(profile, variables) {
  return {
    PATH: "/usr/bin:/bin",
    LANG: "C.UTF-8",
    HOME: profile.at("home"),
    XDG_CONFIG_HOME: profile.at("config"),
    EXTENSIONS_GALLERY: "{}", // no request for an extension gallery
    ...variables,
  };
}

/** Starts code-server on a free port with the extension installed. */
export async function startEditor(tools, profile, environment, { trustEverything = true, log }) {
  const folders = ["--user-data-dir", profile.at("data"), "--extensions-dir", profile.at("extensions")];
  const entry = join(tools.editor, "node_modules/code-server/out/node/entry.js");
  const packages = [tools.extension, tools.diagnostics].flatMap((file) => ["--install-extension", file]);
  await finished(process.execPath, [entry, ...folders, ...packages], environment);
  const options = [
    "--auth",
    "none",
    "--bind-addr",
    "127.0.0.1:0",
    "--disable-telemetry",
    "--disable-update-check",
  ];
  if (trustEverything) options.push("--disable-workspace-trust");
  return startProgram(process.execPath, [entry, ...folders, ...options], {
    env: environment,
    cwd: profile.at("home"),
    log,
    ready: /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/,
    limit: 60_000,
  });
}

/** Runs a program to its end, within a minute; its output, or an error with it. */
export function finished(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, timeout: 60_000, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (bytes) => {
      output += bytes;
    });
    child.stderr.on("data", (bytes) => {
      errors += bytes;
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}: ${errors || output}`)),
    );
  });
}
