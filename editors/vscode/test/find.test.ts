import assert from "node:assert/strict";
import { test } from "node:test";
import { findServer, type Surroundings } from "../src/find";

function machine(files: string[], changes: Partial<Surroundings> = {}): Surroundings {
  return {
    platform: "linux",
    path: "/usr/local/bin:/usr/bin",
    home: "/home/ada",
    isExecutable: (file) => files.includes(file),
    ...changes,
  };
}

test("the first caretwise on the PATH is started", () => {
  const found = findServer("", machine(["/usr/bin/caretwise", "/usr/local/bin/caretwise"]));
  assert.deepEqual(found, { kind: "found", command: "/usr/local/bin/caretwise", args: ["serve"] });
});

test("the setting wins over the PATH", () => {
  const found = findServer(" /opt/c/bin/caretwise ", machine(["/usr/bin/caretwise", "/opt/c/bin/caretwise"]));
  assert.deepEqual(found, { kind: "found", command: "/opt/c/bin/caretwise", args: ["serve"] });
});

test("a leading ~ is the home folder", () => {
  const found = findServer("~/.local/bin/caretwise", machine(["/home/ada/.local/bin/caretwise"]));
  assert.equal(found.kind === "found" && found.command, "/home/ada/.local/bin/caretwise");
});

for (const name of ["python", "python3", "python3.11", "pythonw"]) {
  test(`${name} is started with -P, so that the opened folder is no import path`, () => {
    const found = findServer(`/venv/bin/${name}`, machine([`/venv/bin/${name}`]));
    assert.deepEqual(found, {
      kind: "found",
      command: `/venv/bin/${name}`,
      args: ["-P", "-m", "caretwise", "serve"],
    });
  });
}

test("a program whose name only begins like Python is started as the server", () => {
  const found = findServer("/opt/python-caretwise", machine(["/opt/python-caretwise"]));
  assert.deepEqual(found.kind === "found" && found.args, ["serve"]);
});

test("a relative setting is refused, even if a file is there", () => {
  for (const setting of ["./caretwise", "bin/caretwise", "../caretwise"]) {
    const found = findServer(setting, machine([setting, `/home/ada/${setting}`]));
    assert.equal(found.kind, "missing");
    assert.match(found.kind === "missing" ? found.reason : "", /absolute path/);
  }
});

test("a bare name in the setting is looked up on the PATH", () => {
  const found = findServer("python3", machine(["/usr/bin/python3"]));
  assert.equal(found.kind === "found" && found.command, "/usr/bin/python3");
});

test("working-folder entries of the PATH are passed over", () => {
  const found = findServer("", machine(["caretwise", "./caretwise", "bin/caretwise"], { path: ".::bin:" }));
  assert.equal(found.kind, "missing");
});

test("no PATH at all is no error", () => {
  assert.equal(findServer("", machine([], { path: undefined })).kind, "missing");
});

test("the sentence names the setting and what is wrong with it", () => {
  const found = findServer("/gone/caretwise", machine([]));
  assert.match(found.kind === "missing" ? found.reason : "", /caretwise\.serverPath is "\/gone\/caretwise"/);
});

test("on Windows only .exe is started, and the PATH may be quoted", () => {
  const windows = machine(["C:\\Program Files\\c\\caretwise.exe", "C:\\x\\caretwise.bat"], {
    platform: "win32",
    path: 'C:\\x;"C:\\Program Files\\c"',
    home: "C:\\Users\\ada",
  });
  const found = findServer("", windows);
  assert.equal(found.kind === "found" && found.command, "C:\\Program Files\\c\\caretwise.exe");
});
