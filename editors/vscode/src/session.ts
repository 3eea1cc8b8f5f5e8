/** The life of the server process: started when allowed, restarted after a crash, stopped cleanly. */
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { type LogOutputChannel, workspace } from "vscode";
import { ExecuteCommandRequest, ShowMessageNotification } from "vscode-languageclient/node";
import { makeClient, type QuietClient } from "./client";
import { CrashLimiter } from "./crashes";
import { effectiveBaseUrl, originOf, serverEnvironment } from "./environment";
import { findServer, type ServerProgram } from "./find";
import type { KeyStore } from "./key";
import { showServerMessage } from "./messages";
import { machineSettings } from "./settings";
import { readStatus, type ServerState } from "./status";

/** The server must answer `initialize` within this time, in ms; a cold disk under load needs seconds. */
const START_LIMIT_MS = 30_000;

/** One server process and the client that talks to it. */
interface Run {
  client: QuietClient;
  /** The newest line on standard error, for the message if the process dies at once. */
  lastLine: string;
}

/** Starts, restarts and stops the server; at most one process at a time. */
export class ServerSession {
  private run: Run | undefined;
  private wake: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();
  private readonly crashes = new CrashLimiter();
  private current: ServerState = { kind: "stopped" };

  constructor(
    private readonly log: LogOutputChannel,
    private readonly keys: KeyStore,
    private readonly onState: (state: ServerState) => void,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  /** Starts the server, or starts it anew with the settings and the key as they are now. */
  restart(): Promise<void> {
    this.crashes.reset();
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** Stops the server and any restart that is due. */
  stop(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      this.show({ kind: "stopped" });
    });
  }

  /** Runs one of the server's commands. Undefined if no server is running. */
  async execute(command: string, ...args: unknown[]): Promise<unknown> {
    if (this.current.kind !== "running" || this.run === undefined) return undefined;
    return this.run.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
  }

  private async begin(): Promise<void> {
    if (!workspace.isTrusted) return this.show({ kind: "untrusted" });
    const settings = machineSettings();
    const program = findServer(settings.serverPath, {
      platform: process.platform,
      path: process.env.PATH ?? process.env.Path,
      home: homedir(),
      isExecutable,
    });
    if (program.kind === "missing") return this.show(program);
    const storedKey = await this.keys.get(originOf(effectiveBaseUrl(settings, process.env)));
    await this.launch(program, serverEnvironment(settings, process.env, storedKey));
  }

  private async launch(
    program: ServerProgram & { kind: "found" },
    environment: Record<string, string | undefined>,
  ): Promise<void> {
    this.show({ kind: "starting" });
    this.log.info(`Starting ${[program.command, ...program.args].join(" ")}`);
    const client = makeClient({
      ...program,
      environment,
      log: this.log,
      onLost: () => this.lost(run),
      onErrorLine: (line) => {
        run.lastLine = line;
      },
    });
    const run: Run = { client, lastLine: "" };
    this.run = run;
    client.onNotification("caretwise/status", (body: unknown) => this.told(run, body));
    client.onNotification(ShowMessageNotification.type, (message) => void showServerMessage(message));
    try {
      await within(START_LIMIT_MS, client.start());
      if (this.run === run && this.current.kind === "starting") {
        this.show({ kind: "running", status: undefined });
      }
    } catch {
      this.lost(run);
      client.serverProcess?.kill();
    }
  }

  private told(run: Run, body: unknown): void {
    const status = readStatus(body);
    if (this.run === run && status !== undefined) this.show({ kind: "running", status });
  }

  /** The connection is gone. A server that had been running is started again after a wait. */
  private lost(run: Run): void {
    if (this.run !== run) return; // told before, or stopped on purpose
    this.run = undefined;
    const hadStarted = this.current.kind === "running" || this.crashes.any;
    const wait = hadStarted ? this.crashes.crashed(Date.now()) : undefined;
    if (wait === undefined) {
      const what = hadStarted ? "The server crashed several times" : "The server did not start";
      this.show({ kind: "failed", reason: `${what}. ${lastWords(run)}`.trim() });
      return;
    }
    this.show({ kind: "restarting", reason: "The server stopped unexpectedly and is started again." });
    this.wake = setTimeout(() => void this.inTurn(() => this.begin()), wait);
  }

  private async end(): Promise<void> {
    clearTimeout(this.wake);
    const run = this.run;
    this.run = undefined;
    if (run === undefined) return;
    try {
      await run.client.dispose();
    } catch {
      // It did not answer in time; the client library ends the process.
    }
  }

  /** One thing at a time, in the order in which they were asked for. */
  private inTurn(step: () => Promise<void>): Promise<void> {
    const result = this.work.then(step);
    this.work = result.catch((error: unknown) => this.log.error(String(error)));
    return this.work;
  }

  private show(state: ServerState): void {
    this.current = state;
    this.onState(state);
  }
}

function lastWords({ lastLine }: Run): string {
  return lastLine === "" ? "" : `Its last line was: ${lastLine.slice(0, 200)}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The promise, or an error after so many ms. */
async function within<T>(limit: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
