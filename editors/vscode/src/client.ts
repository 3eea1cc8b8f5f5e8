/** The language client: what is asked of the server, and what the editor does with the answers. */
import { homedir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  type Diagnostic,
  type InlineCompletionItem,
  type InlineCompletionList,
  type LogOutputChannel,
  languages,
  type Position,
  type Range,
  type Selection,
  type TextDocument,
  window,
  workspace,
} from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
} from "vscode-languageclient/node";
import { languagesOff } from "./settings";
import { ShownReporter, suggestionId } from "./shown";

/** What a client needs to start one server process. */
export interface Launch {
  command: string;
  args: string[];
  environment: Record<string, string | undefined>;
  log: LogOutputChannel;
  /** Called once when the connection is gone though nobody asked for that. */
  onLost(): void;
  /** The newest line that the server wrote to its standard error. */
  onErrorLine(line: string): void;
}

/** A client that writes to the log and leaves every message on the screen to the extension. */
export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }

  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }
}

/** Makes a client for one server process. It is used once: after a crash a new one is made. */
export function makeClient(launch: Launch): QuietClient {
  const shown = new ShownReporter((id) => {
    // A notification that cannot be sent costs one count, nothing else.
    client.sendNotification("caretwise/didShow", { id }).catch(() => undefined);
  });
  const client = new QuietClient("caretwise", "Caretwise", executable(launch), options(launch, shown));
  return client;
}

function executable(launch: Launch) {
  return {
    command: launch.command,
    args: launch.args,
    // Not the opened folder: what lies there must not be found as a program or a module.
    options: { cwd: homedir(), env: launch.environment },
  };
}

function options(launch: Launch, shown: ShownReporter): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
    outputChannel: launch.log,
    initializationOptions: { trusted: workspace.isTrusted, ...harmless() },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        launch.onLost();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    stdioOptions: {
      stdout: () => undefined, // carries the protocol
      stderr: (stream) => forwardLines(stream, launch),
    },
    middleware: middleware(shown),
  };
}

function forwardLines(stream: Readable, { log, onErrorLine }: Launch): void {
  createInterface({ input: stream }).on("line", (line) => {
    log.info(line);
    if (line.trim() !== "") onErrorLine(line.trim());
  });
}

function middleware(shown: ShownReporter): Middleware {
  return {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      if (isOff(document)) return null;
      try {
        const answer = await next(document, position, context, token);
        if (!token.isCancellationRequested) reportShown(shown, document, position, answer);
        return answer;
      } catch {
        // The client has logged it. A failure costs one suggestion and no message.
        return null;
      }
    },
    provideCodeActions: (document, range, context, token, next) =>
      next(document, range, { ...context, diagnostics: withThoseAround(document, range) }, token),
    executeCommand: (command, args, next) => {
      const id = suggestionId({ command, arguments: args });
      if (id !== undefined) shown.accepted(id);
      return next(command, args);
    },
    workspace: {
      // What decides where code goes reaches the server through its environment, not this way.
      configuration: (params) =>
        params.items.map(({ section }) => (section === "caretwise" ? harmless() : null)),
    },
  };
}

function reportShown(
  shown: ShownReporter,
  document: TextDocument,
  position: Position,
  answer: InlineCompletionItem[] | InlineCompletionList | null | undefined,
): void {
  const first = (Array.isArray(answer) ? answer : answer?.items)?.[0];
  const id = suggestionId(first?.command);
  if (id === undefined) return;
  const version = document.version;
  shown.returned(id, () => {
    const editor = window.activeTextEditor;
    return (
      editor?.document === document &&
      document.version === version &&
      editor.selection.isEmpty &&
      editor.selection.active.isEqual(position)
    );
  });
}

/** The most diagnostics that are sent along. */
const MOST_DIAGNOSTICS = 200;

/** All diagnostics of a document, the nearest first: the server also offers to fix all of one function. */
function withThoseAround(document: TextDocument, range: Range | Selection): Diagnostic[] {
  const away = (one: Diagnostic) =>
    Math.max(0, range.start.line - one.range.end.line, one.range.start.line - range.end.line);
  return languages
    .getDiagnostics(document.uri)
    .toSorted((one, other) => away(one) - away(other))
    .slice(0, MOST_DIAGNOSTICS);
}

function isOff(document: TextDocument): boolean {
  return languagesOff(document).includes(document.languageId);
}

/** The settings that the server accepts from a workspace, under the server's names. */
function harmless(): { languages_off: string[] } {
  return { languages_off: languagesOff() };
}
