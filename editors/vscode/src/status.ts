/** What the status bar says, as a pure function of what is known about the server. */

/** Body of the server's notification `caretwise/status`. */
export interface ServerStatus {
  kind: "normal" | "busy" | "warning" | "error" | "inactive";
  message: string;
  /** Id of a command to run on a click, if there is something to do. */
  command?: string;
  /** The model that answers inline requests. */
  model: string;
}

/** Where the server process stands. */
export type ServerState =
  | { kind: "untrusted" }
  | { kind: "missing"; reason: string }
  | { kind: "starting" }
  | { kind: "running"; status: ServerStatus | undefined }
  | { kind: "restarting"; reason: string }
  | { kind: "failed"; reason: string }
  | { kind: "stopped" };

/** One status bar item. `text` may hold codicons; `severity` chooses the background. */
export interface StatusView {
  text: string;
  tooltip: string;
  severity: "none" | "warning" | "error";
  command: string;
}

/** The command behind the item when nothing more specific helps. */
export const MENU = "caretwise.editor.menu";
/** The doctor with a page for all that it says: of the server's own command only a message would be seen. */
const DOCTOR = "caretwise.editor.doctor";
/** VS Code's own command that opens the trust editor. */
export const MANAGE_TRUST = "workbench.trust.manage";

const NAME = "Caretwise";
const LONGEST_LABEL = 32;
const KINDS = ["normal", "busy", "warning", "error", "inactive"];
const ICONS = {
  normal: "$(sparkle)",
  busy: "$(loading~spin)",
  warning: "$(warning)",
  error: "$(error)",
  inactive: "$(circle-slash)",
} as const;

/** Reads a notification; anything that does not have the agreed form is undefined. */
export function readStatus(body: unknown): ServerStatus | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { kind, message, command, model } = body as Record<string, unknown>;
  if (typeof kind !== "string" || !KINDS.includes(kind)) return undefined;
  return {
    kind: kind as ServerStatus["kind"],
    message: typeof message === "string" ? message : "",
    model: typeof model === "string" ? model : "",
    ...(typeof command === "string" && command !== "" ? { command } : {}),
  };
}

/** What to show for a state. */
export function statusView(state: ServerState): StatusView {
  switch (state.kind) {
    case "untrusted": {
      const tooltip =
        "This folder is not trusted, so nothing is started and nothing is sent. Click to decide.";
      return { ...view(ICONS.inactive, NAME, tooltip), command: MANAGE_TRUST };
    }
    case "missing":
      return view(ICONS.error, NAME, state.reason, "error");
    case "starting":
      return view(ICONS.busy, NAME, "The server is starting.");
    case "restarting":
      return view(ICONS.busy, NAME, state.reason, "warning");
    case "failed":
      return view(ICONS.error, NAME, state.reason, "error");
    case "stopped":
      return view(ICONS.inactive, NAME, "The server is stopped.");
    case "running":
      return runningView(state.status);
  }
}

function runningView(status: ServerStatus | undefined): StatusView {
  if (status === undefined) return view(ICONS.normal, NAME, "The server is running.");
  const label = status.model === "" ? NAME : status.model;
  const severity = status.kind === "error" || status.kind === "warning" ? status.kind : "none";
  const tooltip = [NAME, status.message || status.model].filter((part) => part !== "").join(": ");
  const command = status.command === "caretwise.doctor" ? DOCTOR : (status.command ?? MENU);
  return { ...view(ICONS[status.kind], label, tooltip, severity), command };
}

function view(
  icon: string,
  label: string,
  tooltip: string,
  severity: StatusView["severity"] = "none",
): StatusView {
  return { text: `${icon} ${plain(label)}`, tooltip, severity, command: MENU };
}

/** A label on one line, of bounded length, in which `$(...)` draws no icon. */
function plain(label: string): string {
  const line = oneLine(label).replaceAll("$(", "$ (");
  const characters = [...line];
  return characters.length <= LONGEST_LABEL ? line : `${characters.slice(0, LONGEST_LABEL - 1).join("")}…`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
