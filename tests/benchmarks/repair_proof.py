"""Runs an item's test behind a document, in a process of its own with a time limit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.repair_items import Item

SECONDS = 60.0

_SAME_TS = """
function same(one: unknown, two: unknown): void {
  if (JSON.stringify(one) !== JSON.stringify(two)) { console.error(JSON.stringify(one)); process.exit(1); }
}
declare const process: { exit(status: number): never };
"""
_SAME_GO = """package main

import (
	"fmt"
	"os"
	"reflect"
)

func same(one, two interface{}) {
	if !reflect.DeepEqual(one, two) {
		fmt.Fprintf(os.Stderr, "%v is not %v\\n", one, two)
		os.Exit(1)
	}
}

func main() {
"""


@dataclass(frozen=True)
class Tools:
    """Programs that tests want; "" when there is none: then a test is not run."""

    node: str = ""
    tsc: str = ""
    go: str = ""

    def language(self, name: str) -> bool:
        """Whether tests in a language can be run."""
        return {"python": True, "typescript": bool(self.node and self.tsc), "go": bool(self.go)}[name]


def tools(node: str = "", tsc: str = "", go: str = "") -> Tools:
    """The programs by these paths, else those on the search path."""
    return Tools(*(given or shutil.which(name) or "" for given, name in ((node, "node"), (tsc, "tsc"), (go, "go"))))


def passes(item: Item, text: str, tools: Tools) -> bool:
    """Whether the item's test passes behind a document's text. Its language must be one that `tools` can run."""
    with tempfile.TemporaryDirectory() as folder:
        return {"python": _python, "typescript": _typescript, "go": _go}[item.language.id](
            item, text, Path(folder), tools
        )


def _run(*command: str, folder: Path, environ: dict[str, str] | None = None, stdin: str = "") -> bool:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False,
            env={**os.environ, **(environ or {})}, input=stdin,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _python(item: Item, text: str, folder: Path, tools: Tools) -> bool:
    (folder / "run.py").write_text(f"{text}\n{item.test}\n", encoding="utf-8", newline="")
    return _run(sys.executable, "-I", "-S", "run.py", folder=folder)


def _typescript(item: Item, text: str, folder: Path, tools: Tools) -> bool:
    (folder / "run.ts").write_text(f"{text}\n{_SAME_TS}\n{item.test}\n", encoding="utf-8", newline="")
    options = ("--strict", "--target", "es2022", "--module", "commonjs", "--types", "", "--lib", "es2022,dom")
    compiled = _run(tools.node, str(Path(tools.tsc).resolve()), *options, "run.ts", folder=folder)
    return compiled and _run(tools.node, "run.js", folder=folder)


def _go(item: Item, text: str, folder: Path, tools: Tools) -> bool:
    (folder / "item.go").write_text(text, encoding="utf-8", newline="")
    (folder / "main.go").write_text(f"{_SAME_GO}{item.test}\n}}\n", encoding="utf-8", newline="")
    return _run(tools.go, "run", "item.go", "main.go", folder=folder, environ={"GO111MODULE": "off", "GOFLAGS": ""})
