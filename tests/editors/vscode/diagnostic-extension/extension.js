// Test only: a source of diagnostics that is not the extension under test.
const vscode = require("vscode");

exports.activate = (context) => {
  const found = vscode.languages.createDiagnosticCollection("spelling");
  const look = (document) => {
    if (document.languageId !== "python") return;
    const lines = document.getText().split(/\r\n|\r|\n/);
    const diagnostics = lines.flatMap((line, number) => {
      const start = line.indexOf("heigth");
      if (start < 0) return [];
      const range = new vscode.Range(number, start, number, start + "heigth".length);
      const diagnostic = new vscode.Diagnostic(
        range,
        "undefined name 'heigth'",
        vscode.DiagnosticSeverity.Error,
      );
      diagnostic.source = "pyflakes";
      return [diagnostic];
    });
    found.set(document.uri, diagnostics);
  };
  vscode.workspace.textDocuments.forEach(look);
  context.subscriptions.push(
    found,
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument((change) => look(change.document)),
  );
};
