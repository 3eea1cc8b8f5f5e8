// Programs that a session needs: started, watched until ready, ended with all that they started.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

/**
 * Starts a program and waits for a line of its output that matches `ready`.
 * Its output goes to `log`. The result has the match and a `stop` function, which `await using` calls too.
 */
export async function startProgram(command, args, { env, cwd, log, ready, limit }) {
  const child = spawn(command, args, { env, cwd, stdio: ["pipe", "pipe", "pipe"], detached: true });
  const file = createWriteStream(log, { flags: "a" });
  const exited = new Promise((done) => child.once("exit", done));
  let output = "";
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${command} was not ready within ${limit} ms; see ${log}`)),
      limit,
    );
    const read = (bytes) => {
      file.write(bytes);
      output = (output + bytes).slice(-20_000);
      const found = output.match(ready);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}; see ${log}`)));
  }).catch((error) => {
    endGroup(child.pid, "SIGKILL");
    throw error;
  });
  const end = () => stop(child, exited, file);
  return { match, stop: end, [Symbol.asyncDispose]: end };
}

/** Asks the program to end, and after 5 s makes it. Everything in its process group ends with it. */
async function stop(child, exited, file) {
  endGroup(child.pid, "SIGTERM");
  const late = setTimeout(() => endGroup(child.pid, "SIGKILL"), 5_000);
  await exited;
  clearTimeout(late);
  endGroup(child.pid, "SIGKILL"); // what the program left behind
  file.end();
}

function endGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Ids of the language servers whose environment holds this state folder (read from /proc). */
export async function serverProcesses(stateFolder) {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = [];
  for (const id of ids) {
    const [environment, command] = await Promise.all(
      ["environ", "cmdline"].map((name) => readFile(`/proc/${id}/${name}`, "utf8").catch(() => "")),
    );
    const ours = environment.split("\0").includes(`CARETWISE_STATE_DIR=${stateFolder}`);
    if (ours && /caretwise/.test(command) && command.split("\0").includes("serve")) found.push(Number(id));
  }
  return found;
}
