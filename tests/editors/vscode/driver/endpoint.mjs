// The model server of a session, and what it was sent.
import { readFile } from "node:fs/promises";
import { startProgram } from "./processes.mjs";

/** Starts the loopback model server that behaves as `name` does; `more` are further arguments of it. */
export async function startEndpoint(tools, name, log, more = []) {
  const args = [tools.double, "--as", name, "--port", "0", "--log", log, ...more];
  const program = await startProgram(tools.python, args, {
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
    cwd: "/",
    log: `${log}.output`,
    ready: /listening on (http:\/\/127\.0\.0\.1:\d+\/v1)/,
    limit: 20_000,
  });
  return {
    baseUrl: program.match[1],
    requests: () => requests(log),
    [Symbol.asyncDispose]: program.stop,
  };
}

/** The requests for an answer, in order: their JSON bodies. */
async function requests(log) {
  const text = await readFile(log, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ method }) => method === "POST");
}
