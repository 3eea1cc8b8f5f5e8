"""Files that a user or a stranger wrote: settings as TOML, ignore patterns (against git itself)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.fuzz.pieces import json_values, repeated
from tests.fuzz.target import Target, as_bytes

from caretwise.adapters.configured_models import resolve_models
from caretwise.adapters.settings import Loaded, Settings
from caretwise.adapters.settings_load import load
from caretwise.adapters.settings_workspace import WORKSPACE_KEYS, read_workspace_file, with_workspace
from caretwise.context.privacy import RuleFile, Rules


@cache
def _folder() -> Path:
    """A folder that is removed when the process ends."""
    holder = tempfile.TemporaryDirectory()
    _KEPT.append(holder)
    return Path(holder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []

# ---------------------------------------------------------------------------------------------------------- settings

_RIGHT = {
    "automatic": "true", "debounce_ms": "80", "context_tokens": "500", "languages_off": '["yaml"]', "ignore": '["*.log"]',
    "cache": "false", "journal": "true", "proxy": '"http://127.0.0.1:9"', "ca_bundle": '""',
}  # fmt: skip
_WRONG = {
    "automatic": ['"yes"', "1", "[]"], "debounce_ms": ["-1", "1e3", '"60"', "true", "99999999999999999999", "nan", "1979-05-27"],
    "context_tokens": ["0", "2.5", "{}", "0x7fffffffffffffff"], "languages_off": ['"python"', "[1]", "[[]]", "true", "{a = 1}"],
    "ignore": ["[true]", "3"], "cache": ["0", '"true"'], "proxy": ["1", '["a"]', '"a\\u0000b"', '"\\n"'], "inline": ['"nobody"', "3"],
    "models": ["1", "[]", "{a = 1}", "{a = {model = 1}}", '{a = {modle = "x"}}'], "no_such_key": ["1"], "Automatic": ["true"],
}  # fmt: skip


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, Any]:
    right = draw(st.lists(st.sampled_from(sorted(_RIGHT)), unique=True, max_size=5))
    wrong = draw(st.lists(st.sampled_from(sorted(set(_WRONG) - set(right))), unique=True, max_size=4))
    lines = [f"{key} = {_RIGHT[key]}" for key in right]
    lines += [f"{key} = {draw(st.sampled_from(_WRONG[key]))}" for key in wrong]
    return {"text": "\n".join(draw(st.permutations(lines))), "right": right, "wrong": wrong}


def _loaded(content: bytes) -> Loaded:
    path = _folder() / "config.toml"
    path.write_bytes(content)
    return load({"CARETWISE_CONFIG": str(path), "HOME": str(_folder())})


def _said(loaded: Loaded) -> None:
    _, more = resolve_models(loaded)
    for problem in (*loaded.problems, *more):
        assert problem.message
        assert "\n" not in str(problem), f"a problem is more than one line: {problem}"
        assert len(str(problem)) < 2_000


def settings(value: Any) -> None:
    """Each wrong key is reported, each right one is used."""
    loaded = _loaded(value["text"].encode())
    _said(loaded)
    told = {problem.key.split(".")[0] for problem in loaded.problems}
    assert told == set(value["wrong"]), f"wrong are {value['wrong']}, told of are {sorted(told)}"
    default = Settings()
    for key in value["right"]:
        assert key in {"journal", "automatic", "ca_bundle"} or getattr(loaded.settings, key) != getattr(default, key)
    for key in value["wrong"]:
        assert not hasattr(default, key) or getattr(loaded.settings, key) == getattr(default, key)


_TOML = [
    "inline", "fix", "models", "automatic", "debounce_ms", "ignore", "[models.a]", "[models]", "[[models]]", "[models.a.b]", '["models".""]',
    "model", "endpoint", "base_url", "key_env", "family", "style", " = ", "=", ".", '"', "'", '"""', "'''", "[", "]", "{", "}", ",", "#", "\n",
    '"moonshot"', '"vllm"', '"http://127.0.0.1:9/v1"', '"http://["', '"http://a:99999"', '"http://\\u0000"', '"https://u:p@h/"', '"x"', '"sk-abcdefghijklmnop1234"',
    "true", "1", "-0", "1_0", "0x", "inf", "nan", "1e400", "1979-05-27T07:32:00Z", "07:32", "\\u", "\\U00110000", "\r", "\r\n", "\x00", "\ufeff", "é", "kimi-k2.6",
]  # fmt: skip
_ENTRIES = st.tuples(
    st.sampled_from([one for one in _TOML if one.replace("_", "").isalpha()]),
    st.sampled_from([one for one in _TOML if one[:1] in '"t1-0ni']),
    st.just("\n"),
).map(lambda parts: f"{parts[0]} = {parts[1]}\n")
_toml = st.one_of(
    st.lists(st.sampled_from(_TOML) | _ENTRIES | st.text(max_size=3), max_size=24)
    .map("".join)
    .map(lambda s: s.encode("utf-8", "surrogatepass").decode("latin-1")),
    st.binary(max_size=40).map(lambda data: data.decode("latin-1")),
    repeated(
        st.sampled_from(["[", "{a=", "a.", "a=[", '"', "[a]\n", "[[a]]\n", "a = 1\n", "#", "'''", "[a.", "\\"]), 6_000
    ),
)


def any_settings(text: str) -> None:
    """No file, whatever is in it, raises or is passed over in silence."""
    content = as_bytes(text)
    loaded = _loaded(content)
    _said(loaded)
    if loaded.config_file is None and loaded.unread:
        assert loaded.problems


def workspaces(text: str) -> None:
    """A folder's own file sets harmless keys only, and cannot send code elsewhere."""
    folder = _folder() / "project"
    folder.mkdir(exist_ok=True)
    (folder / ".caretwise.toml").write_bytes(as_bytes(text))
    table, problems = read_workspace_file(folder)
    base = Settings(context_tokens=1000)
    changed, more = with_workspace(base, table, ".caretwise.toml", lambda name: "host" if name else "")
    _workspace_only(base, changed)
    for problem in (*problems, *more):
        assert "\n" not in str(problem), f"a problem is more than one line: {problem}"


def _workspace_only(base: Settings, changed: Settings) -> None:
    for name in Settings.__attrs_attrs__:  # type: ignore[attr-defined]
        if name.name not in WORKSPACE_KEYS:
            assert getattr(base, name.name) == getattr(changed, name.name)
    assert changed.context_tokens <= base.context_tokens
    assert not changed.inline and not changed.fix
    assert set(base.ignore) <= set(changed.ignore)


def options(value: Any) -> None:
    """What an editor sends at start is no better than such a file."""
    base = Settings(context_tokens=1000)
    changed, problems = with_workspace(base, value, "initializationOptions", lambda name: "host" if name else "")
    _workspace_only(base, changed)
    for problem in problems:
        str(problem)


# ------------------------------------------------------------------------------------------------------ ignore files

_PARTS = [
    "a",
    "b",
    "ab",
    "foo",
    "foo.log",
    "x y",
    "[a]",
    "a*",
    "#a",
    "!a",
    "B",
    "b-c",
    "a\\",
    "é",
    "a.b.c",
    "-",
    "]",
    "^",
]
_GLOBS = [*_PARTS, "*", "**", "?", "a?", "*b", "a*b*", "*a*a*b", "[ab]", "[!a]*", "[a-c]?", "[^b]", "[]a]", "[]-a]", "[!]a]", "f[[:alpha:]]o",
          "[[:digit:][:alpha:]]", "[[:nope:]]", "*.log", "\\#a", "\\!a", "\\*", "a\\*", "[z-a]", "[a", "[a-", "[\\]]", "[\\a-\\c]", "a/[b/]", "[a/]b", "", "\\", "\\\\",
          "[*]", "[?]", "**b", "?*", "*?", "???", "[!-~]", "[--a]", "[a-a]"]  # fmt: skip
_lines = st.lists(
    st.builds(
        lambda bang, parts, end: bang + "/".join(parts) + end,
        st.sampled_from(["", "", "", "!", "/", "!/", "#", " "]),
        st.lists(st.sampled_from(_GLOBS), min_size=1, max_size=4),
        st.sampled_from(["", "", "", "/", " ", "\\ ", "\r", "\t", "  "]),
    ),
    max_size=6,
)
_paths = st.lists(
    st.lists(st.sampled_from(_PARTS), min_size=1, max_size=4).map("/".join), min_size=4, max_size=16, unique=True
)


@cache
def _repository() -> Path | None:
    """A repository for git to look into; None where there is no git."""
    folder = _folder() / "repository"
    try:
        subprocess.run(["git", "init", "-q", str(folder)], check=True, env=_git_environment(), timeout=20)
    except OSError:
        return None
    return folder


def _git_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _by_git(repository: Path, text: str, paths: list[str]) -> set[str]:
    (repository / ".gitignore").write_bytes(text.encode())
    asked = subprocess.run(
        ["git", "-C", str(repository), "check-ignore", "--no-index", "-z", "--stdin"], input="".join(f"{path}\0" for path in paths).encode(),
        capture_output=True, env=_git_environment(), timeout=20, check=False,
    )  # fmt: skip
    assert asked.returncode in {0, 1}, asked.stderr
    return set(asked.stdout.decode().split("\0")) - {""}


def _differs_on_purpose(line: str) -> bool:
    """What `tests/context/test_privacy.py` names: git reads `a**/` as two things, and signs as bytes, not characters."""
    beside = any("**" in part and part.strip() != "**" for part in line.split("/"))
    return beside or (not line.isascii()) or "?" in line or "[!" in line or "[^" in line


def ignores(value: Any) -> None:
    """Patterns mean to us what they mean to git."""
    lines = [
        line
        for line in value["lines"]
        if not _differs_on_purpose(line) or all(path.isascii() for path in value["paths"])
    ]
    lines = [line for line in lines if not any("**" in part and part.strip() != "**" for part in line.split("/"))]
    text = "\n".join(lines)
    rules = Rules([RuleFile("", ".gitignore", text)])
    mine = {path for path in value["paths"] if not rules.verdict(path, real_path=None, as_context=True).allowed}
    repository = _repository()
    if repository is not None:
        theirs = _by_git(repository, text, value["paths"])
        assert mine == theirs, f"{text!r}: only we ignore {sorted(mine - theirs)}, only git {sorted(theirs - mine)}"


_hostile = st.lists(
    st.sampled_from(
        ["*", "**", "**/", "a", "b", "?", "[ab]", "[!a]", "/", "a*", "*a", "\\", "[", "]", "{", "(", "+", "$"]
    ),
    min_size=1,
    max_size=120,
).map("".join)


def hostile_ignores(value: Any) -> None:
    """No pattern takes more than its time on any path."""
    rules = Rules([RuleFile("", ".aiignore", "\n".join(value["patterns"] * 20))])
    for path in value["paths"]:
        rules.verdict(path, real_path=None, as_context=True)


_long_paths = st.lists(
    st.sampled_from(["a" * 255, "ab" * 127, "a/" * 500 + "a" * 255, "b/a/" * 300 + "b", "a" * 254 + "b"])
    | st.text(max_size=40),
    min_size=1,
    max_size=3,
)

TARGETS = [
    Target("settings", _tables(), settings, 2),
    Target("any_settings", _toml, any_settings, 2),
    Target("workspaces", _toml, workspaces, 2),
    Target(
        "options",
        json_values
        | st.dictionaries(st.sampled_from(sorted({*WORKSPACE_KEYS, "models", "proxy", "trusted"})), json_values),
        options,
    ),
    Target("ignores", st.fixed_dictionaries({"lines": _lines, "paths": _paths}), ignores, 6),
    Target(
        "hostile_ignores",
        st.fixed_dictionaries({"patterns": st.lists(_hostile, min_size=1, max_size=4), "paths": _long_paths}),
        hostile_ignores,
        20,
    ),
]
