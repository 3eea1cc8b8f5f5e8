"""What the documents promise is there, and nothing is in the repository that belongs to one machine."""

import ast
import itertools
import re
import subprocess
from pathlib import Path

from caretwise.cli import _COMMANDS

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=30, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_paths_that_the_documents_name_exist():
    missing = []
    for document in ("README.md", "ARCHITECTURE.md", "SECURITY.md"):
        text = (ROOT / document).read_text()
        for path in re.findall(r"`((?:server|editors|tests|fixtures|\.ci)/[\w./-]+)`", text):
            if not (ROOT / path).exists():
                missing.append((document, path))
        for path in re.findall(
            r"`((?:text|syntax|context|complete|repair|local|models|measure|adapters|engine|bench|lsp|cli)/[\w./-]*)`",
            text,
        ):
            if not (ROOT / "server" / "caretwise" / path).exists():
                missing.append((document, path))
    assert missing == []


def test_lock_files_carry_no_addresses():
    for path in tracked():
        if path.name.endswith(".lock") or path.name == "package-lock.json":
            text = path.read_text()
            assert "http://" not in text.replace("http://json-schema.org", "")
            assert not re.search(r'"resolved"|--index-url|--extra-index-url|file://', text), path


def test_no_path_of_a_machine_is_in_the_repository():
    machine = re.compile(r"/(?:root|work|farm)/[a-z]")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".lock"} or path.name == "package-lock.json" or path == Path(__file__):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [(str(path), match.group()) for match in machine.finditer(text)]
    assert found == []


def field_docstrings(source: str, name: str) -> dict[str, str]:
    """The docstring under each field of a class, as written in the source."""
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == name).body
    found = {}
    for one, two in itertools.pairwise(body):
        documented = isinstance(two, ast.Expr) and isinstance(two.value, ast.Constant)
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            found[one.target.id] = two.value.value if documented else ""
    return found


def test_the_settings_reference_is_what_the_classes_say():
    source = (ROOT / "server" / "caretwise" / "adapters" / "settings.py").read_text()
    readme = (ROOT / "README.md").read_text()
    rows = {
        cells[1].strip("` "): cells[3].strip()
        for line in readme.splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 5
    }
    for name, text in field_docstrings(source, "Settings").items():
        assert rows.get(name) == text
    for name, text in field_docstrings(source, "ModelSettings").items():
        assert rows.get(f"models.NAME.{name}") == text
    for name, text in field_docstrings(source, "CheckerSettings").items():
        assert rows.get(f"checkers.NAME.{name}") == text
    for name, text in field_docstrings(source, "ExperimentSettings").items():
        assert rows.get(f"experiment.NAME.{name}") == text


def test_the_readme_lists_every_command():
    readme = (ROOT / "README.md").read_text()
    for name in _COMMANDS:
        assert f"| `caretwise {name}" in readme
