/** Messages that need an action of the user. Each is said when the state is entered, not again. */
import { commands, env, type LogOutputChannel, window } from "vscode";
import { MessageType, type ShowMessageParams } from "vscode-languageclient/node";
import { effectiveBaseUrl, originOf } from "./environment";
import type { ServerSession } from "./session";
import { machineSettings } from "./settings";
import type { ServerState } from "./status";

const ADVICE =
  'Install it ("pipx install ." in a clone of its repository), or name your installation in the setting caretwise.serverPath.';
const OPEN_SETTING = "Open Setting";
const TRY_AGAIN = "Try Again";
const SHOW_LOG = "Show Log";
const SET_KEY = "Set API Key";

/**
 * Opens the settings editor on our settings, or on one of them. In a remote window those of the machine stand on the
 * remote's page; the user's own page would be empty.
 */
export function openSettings(name?: string): Thenable<unknown> {
  const page = env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  const query = name === undefined ? "@ext:caretwise.caretwise" : `@id:caretwise.${name}`;
  return commands.executeCommand(`workbench.action.${page}`, { query });
}

/** Shows the message that belongs to a state, if it has one. */
export function tellOnce(state: ServerState, session: ServerSession, log: LogOutputChannel): void {
  if (state.kind === "missing") void tellMissing(state.reason, session);
  if (state.kind === "failed") void tellFailed(state.reason, session, log);
}

async function tellMissing(reason: string, session: ServerSession): Promise<void> {
  const choice = await window.showErrorMessage(`Caretwise: ${reason} ${ADVICE}`, OPEN_SETTING, TRY_AGAIN);
  if (choice === OPEN_SETTING) await openSettings("serverPath");
  if (choice === TRY_AGAIN) await session.restart();
}

async function tellFailed(reason: string, session: ServerSession, log: LogOutputChannel): Promise<void> {
  const choice = await window.showErrorMessage(`Caretwise: ${reason}`, SHOW_LOG, TRY_AGAIN);
  if (choice === SHOW_LOG) log.show();
  if (choice === TRY_AGAIN) await session.restart();
}

/**
 * Shows a message of the server. One about a key gets a button, if a key entered here would be used: each warning that
 * speaks of one, and what the doctor says of a variable that is not set.
 */
export async function showServerMessage({ type, message }: ShowMessageParams): Promise<void> {
  const show = {
    [MessageType.Error]: window.showErrorMessage,
    [MessageType.Warning]: window.showWarningMessage,
  }[type as number];
  const aboutKey = (show === undefined ? /_API_KEY\b/ : /\bkey\b/i).test(message) && keyCanBeSet();
  const choice = await (show ?? window.showInformationMessage)(message, ...(aboutKey ? [SET_KEY] : []));
  if (choice === SET_KEY) await commands.executeCommand("caretwise.editor.setApiKey");
}

function keyCanBeSet(): boolean {
  return originOf(effectiveBaseUrl(machineSettings(), process.env)) !== undefined;
}
