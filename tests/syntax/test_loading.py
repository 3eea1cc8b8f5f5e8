"""A grammar that cannot be loaded just now."""

from __future__ import annotations

import errno

import pytest

from caretwise.syntax import grammar
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import by_id


@pytest.mark.parametrize(
    "error", [OSError(errno.EMFILE, "Too many open files"), ImportError("java.so: cannot open shared object file")]
)
def test_without_descriptors_there_is_no_grammar_until_there_are_some(monkeypatch, error):
    monkeypatch.setattr(grammar, "_parsers", {})
    with monkeypatch.context() as none_left:
        none_left.setattr(grammar.importlib, "import_module", _raising(error))
        assert parse_text("class A {}\n", by_id("java")) is None
    assert parse_text("class A {}\n", by_id("java")) is not None


def test_a_grammar_that_is_not_installed_is_looked_for_once(monkeypatch):
    monkeypatch.setattr(grammar, "_parsers", {})
    with monkeypatch.context() as absent:
        absent.setattr(grammar.importlib, "import_module", _raising(ModuleNotFoundError("tree_sitter_java")))
        assert parse_text("class A {}\n", by_id("java")) is None
    assert parse_text("class A {}\n", by_id("java")) is None


def _raising(error: Exception):
    def raises(_: str):
        raise error

    return raises
