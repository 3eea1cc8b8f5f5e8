/**
 * Commands of the palette and the status bar menu.
 *
 * Their ids begin with `caretwise.editor.`: the client library registers the server's own commands
 * (`caretwise.pause` and so on) under the server's names while it runs, and a name can be taken once.
 */
import {
  commands,
  type Disposable,
  EventEmitter,
  env,
  type LogOutputChannel,
  languages,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from "vscode";
import { effectiveBaseUrl, originOf } from "./environment";
import { type KeyStore, keyProblem } from "./key";
import { openSettings } from "./messages";
import type { ServerSession } from "./session";
import { machineSettings } from "./settings";
import { MANAGE_TRUST, statusView } from "./status";

const SCHEME = "caretwise";
/** Names the editor settings that such a page is read with; they are in the manifest. */
const LANGUAGE = "caretwise-text";
/** The width of the report: a page beside the side bar has this room on most screens, and nobody tells how much it has. */
const REPORT_COLUMNS = 80;

/** Registers everything named under `contributes.commands`. */
export function registerCommands(
  session: ServerSession,
  keys: KeyStore,
  log: LogOutputChannel,
): Disposable[] {
  const pages = new TextPages();
  const register = (name: string, run: () => unknown) =>
    commands.registerCommand(`caretwise.editor.${name}`, run);
  return [
    pages,
    register("menu", () => showMenu(session)),
    register("pause", () => serverCommand(session, "caretwise.pause")),
    register("explainLast", () => showAnswer(session, pages, "caretwise.explainLast", "Last suggestion.txt")),
    register("capture", () => showAnswer(session, pages, "caretwise.capture", "Last answer.case")),
    register("findBugs", () => findBugs(session)),
    register("fixTest", () => fixTest(session)),
    register("report", () => showAnswer(session, pages, "caretwise.report", "Report.txt", REPORT_COLUMNS)),
    register("doctor", () => doctor(session, pages)),
    register("retry", () => serverCommand(session, "caretwise.retry")),
    register("setApiKey", () => setApiKey(session, keys)),
    register("removeApiKey", () => removeApiKey(session, keys)),
    register("openSettings", () => openSettings()),
    register("restart", () => session.restart()),
    register("showLog", () => log.show()),
  ];
}

async function showMenu(session: ServerSession): Promise<void> {
  const title = statusView(session.state).tooltip;
  const entries = [
    { label: "$(debug-pause) Pause or resume suggestions", command: "caretwise.editor.pause" },
    { label: "$(question) Explain the last suggestion", command: "caretwise.editor.explainLast" },
    { label: "$(bug) Find bugs in this function", command: "caretwise.editor.findBugs" },
    {
      label: "$(beaker) Fix the failing test (output in the clipboard)",
      command: "caretwise.editor.fixTest",
    },
    { label: "$(graph) Show report", command: "caretwise.editor.report" },
    { label: "$(checklist) Examine configuration and models", command: "caretwise.editor.doctor" },
    { label: "$(key) Set API key", command: "caretwise.editor.setApiKey" },
    { label: "$(settings-gear) Open settings", command: "caretwise.editor.openSettings" },
    { label: "$(debug-restart) Restart server", command: "caretwise.editor.restart" },
    { label: "$(output) Show log", command: "caretwise.editor.showLog" },
  ];
  if (session.state.kind === "untrusted") {
    entries.unshift({ label: "$(shield) Manage workspace trust", command: MANAGE_TRUST });
  }
  const choice = await window.showQuickPick(entries, { title });
  if (choice !== undefined) await commands.executeCommand(choice.command);
}

/** Runs a command of the server; says why it cannot if there is no server or it fails. */
async function serverCommand(session: ServerSession, command: string, ...args: unknown[]): Promise<unknown> {
  if (session.state.kind !== "running") {
    void window.showInformationMessage(`Caretwise: ${statusView(session.state).tooltip}`);
    return undefined;
  }
  try {
    return await session.execute(command, ...args);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void window.showErrorMessage(`Caretwise: ${reason}`);
    return undefined;
  }
}

/** Has the server look for bugs in the function at the cursor; it shows them as problems. */
async function findBugs(session: ServerSession): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  const { line, character } = editor.selection.active;
  await serverCommand(session, "caretwise.findBugs", {
    uri: editor.document.uri.toString(),
    position: { line, character },
  });
}

/** Hands the server the output of failing tests, which the user has copied, and the file that is looked at. */
async function fixTest(session: ServerSession): Promise<void> {
  const shown = window.activeTextEditor?.document.uri.toString();
  await serverCommand(session, "caretwise.fixTest", await env.clipboard.readText(), shown);
}

/** Opens the text that a server command answers with. A server that shows it itself answers with none. */
async function showAnswer(
  session: ServerSession,
  pages: TextPages,
  command: string,
  name: string,
  ...args: unknown[]
): Promise<void> {
  const answer = await serverCommand(session, command, ...args);
  if (typeof answer === "string" && answer !== "") await pages.open(name, answer);
}

/** Examines the configuration and the models, which takes seconds; what is found is shown as a page. */
async function doctor(session: ServerSession, pages: TextPages): Promise<void> {
  const title = "Caretwise: examining the configuration and the models";
  await window.withProgress({ location: ProgressLocation.Window, title }, () =>
    showAnswer(session, pages, "caretwise.doctor", "Doctor.txt"),
  );
}

/** Read-only pages: they are no files, so nothing is asked to be saved. */
class TextPages implements Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new EventEmitter<Uri>();
  private readonly registration = workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: this.changed.event,
    provideTextDocumentContent: (uri) => this.texts.get(uri.path) ?? "",
  });

  async open(name: string, text: string): Promise<void> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(await languages.setTextDocumentLanguage(document, LANGUAGE), {
      preview: true,
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** The origin that keys are kept for, or undefined after a message that says what is missing. */
async function originForKey(): Promise<string | undefined> {
  const address = effectiveBaseUrl(machineSettings(), process.env);
  const origin = originOf(address);
  if (origin === undefined) {
    const text =
      address === ""
        ? "Set caretwise.baseUrl first: a key is kept for one address."
        : `"${address}" is not an http or https address, so no key can be kept for it.`;
    if ((await window.showErrorMessage(`Caretwise: ${text}`, "Open Setting")) !== undefined) {
      await openSettings("baseUrl");
    }
  }
  return origin;
}

async function setApiKey(session: ServerSession, keys: KeyStore): Promise<void> {
  const origin = await originForKey();
  if (origin === undefined) return;
  const key = await window.showInputBox({
    title: `API key for ${origin}`,
    prompt: "Kept in the editor's secret storage and used for this address only.",
    password: true,
    ignoreFocusOut: true,
    validateInput: keyProblem,
  });
  if (key === undefined) return;
  await keys.set(origin, key.trim());
  await session.restart();
}

async function removeApiKey(session: ServerSession, keys: KeyStore): Promise<void> {
  const origin = await originForKey();
  if (origin === undefined) return;
  await keys.remove(origin);
  await session.restart();
  void window.showInformationMessage(`Caretwise: the key for ${origin} was removed.`);
}
