/**
 * Where the language server is: the setting first, then the PATH, else a sentence that says what to do.
 * Nothing here looks into the opened folder.
 */
import * as nodePath from "node:path";

/** What finding the server needs to know about the machine. */
export interface Surroundings {
  platform: NodeJS.Platform;
  /** The PATH variable as the editor sees it. */
  path: string | undefined;
  /** The user's home folder, for a leading `~`. */
  home: string;
  /** True if `file` is a regular file that may be executed. */
  isExecutable(file: string): boolean;
}

/** The program to start, or a sentence for the user. */
export type ServerProgram =
  | { kind: "found"; command: string; args: string[] }
  | { kind: "missing"; reason: string };

const PYTHON = /^python(w|\d+(\.\d+)*)?(\.exe)?$/i;

/** Finds the server from the `caretwise.serverPath` setting (empty: not set) and the PATH. */
export function findServer(serverPath: string, surroundings: Surroundings): ServerProgram {
  const setting = serverPath.trim();
  return setting === "" ? fromSearchPath("caretwise", surroundings) : fromSetting(setting, surroundings);
}

function fromSetting(setting: string, surroundings: Surroundings): ServerProgram {
  const { join, isAbsolute } = paths(surroundings);
  if (!/[\\/]/.test(setting)) {
    return fromSearchPath(setting, surroundings);
  }
  const file = /^~[\\/]/.test(setting) ? join(surroundings.home, setting.slice(2)) : setting;
  if (!isAbsolute(file)) {
    // A relative path would be looked up in the opened folder, which must not choose a program.
    return missing(`The setting caretwise.serverPath is "${setting}". It must be an absolute path.`);
  }
  const program = withExtensions(file, surroundings).find(surroundings.isExecutable);
  return program === undefined
    ? missing(`The setting caretwise.serverPath is "${setting}", but no program is there.`)
    : started(program, surroundings);
}

function fromSearchPath(name: string, surroundings: Surroundings): ServerProgram {
  const { join, isAbsolute, delimiter } = paths(surroundings);
  const program = (surroundings.path ?? "")
    .split(delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, "$1"))
    .filter(isAbsolute) // "." and "" mean the working folder, which may be the opened one
    .flatMap((folder) => withExtensions(join(folder, name), surroundings))
    .find(surroundings.isExecutable);
  return program === undefined
    ? missing(`The language server was not found: there is no "${name}" on the PATH.`)
    : started(program, surroundings);
}

/** `-P` keeps the working folder off Python's import path, so that a file there cannot pose as a module. */
function started(command: string, surroundings: Surroundings): ServerProgram {
  const isPython = PYTHON.test(paths(surroundings).basename(command));
  return { kind: "found", command, args: isPython ? ["-P", "-m", "caretwise", "serve"] : ["serve"] };
}

/** Only `.exe` on Windows: batch files would need a shell. */
function withExtensions(file: string, { platform }: Surroundings): string[] {
  return platform === "win32" && !/\.exe$/i.test(file) ? [`${file}.exe`] : [file];
}

function paths({ platform }: Surroundings): nodePath.PlatformPath {
  return platform === "win32" ? nodePath.win32 : nodePath.posix;
}

function missing(reason: string): ServerProgram {
  return { kind: "missing", reason };
}
