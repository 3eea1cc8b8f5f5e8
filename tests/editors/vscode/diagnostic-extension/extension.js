// Test only: sources of diagnostics that are not the extension under test. A spelling checker of its own, and the real
// ruff and pyright for files named after them, started by the paths in CARETWISE_TEST_RUFF and CARETWISE_TEST_PYRIGHT.
const { execFile } = require("node:child_process");
const { basename } = require("node:path");
const vscode = require("vscode");

exports.activate = (context) => {
  const found = Object.fromEntries(
    ["spelling", "ruff", "pyright"].map((name) => [name, vscode.languages.createDiagnosticCollection(name)]),
  );
  const look = (document) => {
    if (document.languageId === "python") found.spelling.set(document.uri, misspelt(document));
  };
  const check = async (document) => {
    const name = /^(ruff|pyright)_/.exec(basename(document.uri.fsPath))?.[1];
    if (name !== undefined) found[name].set(document.uri, await CHECKERS[name](document.uri.fsPath));
  };
  const both = (document) => Promise.all([look(document), check(document)]);
  vscode.workspace.textDocuments.forEach(both);
  context.subscriptions.push(
    ...Object.values(found),
    vscode.workspace.onDidOpenTextDocument(both),
    vscode.workspace.onDidSaveTextDocument(check),
    vscode.workspace.onDidChangeTextDocument((change) => look(change.document)),
  );
};

function misspelt(document) {
  if (/^(ruff|pyright)_/.test(basename(document.uri.fsPath))) return [];
  const lines = document.getText().split(/\r\n|\r|\n/);
  return lines.flatMap((line, number) => {
    const start = line.indexOf("heigth");
    if (start < 0) return [];
    const range = new vscode.Range(number, start, number, start + "heigth".length);
    return [made(range, "undefined name 'heigth'", "pyflakes")];
  });
}

function made(range, message, source, code) {
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = source;
  diagnostic.code = code;
  return diagnostic;
}

const CHECKERS = {
  ruff: async (file) => {
    const args = ["check", "--isolated", "--no-cache", "--exit-zero", "--output-format", "json", file];
    return JSON.parse(await output(process.env.CARETWISE_TEST_RUFF, args)).map((one) => {
      const { location, end_location: end } = one;
      const range = new vscode.Range(location.row - 1, location.column - 1, end.row - 1, end.column - 1);
      return made(range, one.message, "Ruff", one.code);
    });
  },
  pyright: async (file) => {
    const report = JSON.parse(await output(process.env.CARETWISE_TEST_PYRIGHT, ["--outputjson", file]));
    return report.generalDiagnostics.map(({ range: { start, end }, message, rule }) =>
      made(new vscode.Range(start.line, start.character, end.line, end.character), message, "Pyright", rule),
    );
  },
};

/** What a program prints, whatever its exit status; "[]" would hide one that did not run, so that is an error. */
function output(program, args) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout) =>
      stdout === "" ? reject(error) : resolve(stdout),
    );
  });
}
