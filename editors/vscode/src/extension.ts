/** Entry point: wires settings, trust, secret storage and status bar to one server session. */
import {
  type ExtensionContext,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
  workspace,
} from "vscode";
import { registerCommands } from "./commands";
import { KeyStore } from "./key";
import { tellOnce } from "./messages";
import { ServerSession } from "./session";
import { MACHINE_SETTINGS } from "./settings";
import { type ServerState, statusView } from "./status";

let session: ServerSession | undefined;

/** Called by VS Code once the window is up. Nothing runs before the folder is trusted. */
export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Caretwise", { log: true });
  const item = window.createStatusBarItem("caretwise.status", StatusBarAlignment.Right, 100);
  item.name = "Caretwise";
  const keys = new KeyStore(context.secrets);
  const started = new ServerSession(log, keys, (state) => {
    draw(item, state);
    tellOnce(state, started, log);
  });
  session = started;
  context.subscriptions.push(
    log,
    item,
    ...registerCommands(started, keys, log),
    workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    workspace.onDidChangeConfiguration((change) => {
      if (MACHINE_SETTINGS.some((name) => change.affectsConfiguration(`caretwise.${name}`))) {
        return started.restart();
      }
      return undefined;
    }),
  );
  item.show();
  await started.restart();
}

/** Called by VS Code when the window closes. */
export function deactivate(): Promise<void> | undefined {
  return session?.stop();
}

const BACKGROUND = {
  none: undefined,
  warning: new ThemeColor("statusBarItem.warningBackground"),
  error: new ThemeColor("statusBarItem.errorBackground"),
};

function draw(item: StatusBarItem, state: ServerState): void {
  const { text, tooltip, severity, command } = statusView(state);
  item.text = text;
  item.tooltip = tooltip;
  item.backgroundColor = BACKGROUND[severity];
  item.command = command;
  item.accessibilityInformation = { label: tooltip.replaceAll("\n", ", ") };
}
