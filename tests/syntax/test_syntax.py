"""Scopes, outlines and health, in whole code and in code that is being written."""

import pytest

from caretwise.syntax import grammar, health
from caretwise.syntax.grammar import parse, parse_text
from caretwise.syntax.outline import declarations
from caretwise.syntax.scope import Surrounding, enclosing, surrounding
from caretwise.text.language import by_id
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

CODE = {
    "python": "class Cart:\n    def total(self):\n        # all of it\n        name = 'x'\n        return ‸0\n",
    "javascript": "class Cart {\n  total() {\n    // all of it\n    const name = 'x';\n    return ‸0;\n  }\n}\n",
    "typescript": "class Cart {\n  total(): number {\n    // all of it\n    const name = 'x';\n    return ‸0;\n  }\n}\n",
    "typescriptreact": "class Cart {\n  total(): number {\n    // all of it\n    const name = 'x';\n    return ‸0;\n  }\n}\n",
    "go": 'package a\n\nfunc total() int {\n\t// all of it\n\tname := "x"\n\treturn ‸0\n}\n',
    "rust": 'impl Cart {\n    fn total(&self) -> i32 {\n        // all of it\n        let name = "x";\n        return ‸0;\n    }\n}\n',
    "java": 'class Cart {\n  int total() {\n    // all of it\n    String name = "x";\n    return ‸0;\n  }\n}\n',
}


def place(marked: str, language_id: str) -> tuple[Snapshot, Position]:
    before = marked[: marked.index("‸")]
    at = Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    return Snapshot.of(marked.replace("‸", ""), language_id=language_id), at


@pytest.mark.parametrize("language_id", CODE)
def test_the_function_around_a_place(language_id):
    snapshot, at = place(CODE[language_id], language_id)
    parsed = parse(snapshot, by_id(language_id), at)
    assert parsed is not None
    scopes = enclosing(parsed, at)
    assert scopes[0].kind == "function"
    assert scopes[0].name == "total"
    assert scopes[0].first_line <= at.line <= scopes[0].last_line
    assert surrounding(parsed, at) is Surrounding.CODE


@pytest.mark.parametrize("language_id", CODE)
def test_comments_and_strings(language_id):
    snapshot, _ = place(CODE[language_id], language_id)
    parsed = parse(snapshot, by_id(language_id))
    assert parsed is not None
    comment = next(n for n, line in enumerate(snapshot.lines) if "all of it" in line)
    assert surrounding(parsed, Position(comment, len(snapshot.line(comment)))) is Surrounding.COMMENT
    quoted = snapshot.line(comment + 1)
    assert surrounding(parsed, Position(comment + 1, quoted.index("x") + 1)) is Surrounding.STRING
    assert surrounding(parsed, Position(comment + 1, quoted.index("x") + 2)) is Surrounding.CODE


@pytest.mark.parametrize("language_id", CODE)
def test_unfinished_code_still_has_its_names(language_id):
    snapshot, at = place(CODE[language_id].replace("return ‸0", "return (‸"), language_id)
    parsed = parse(snapshot, by_id(language_id), at)
    assert parsed is not None
    assert health.faults(parsed) > 0
    if language_id not in {"rust", "python"}:
        # Those two grammars give up on the whole item; indentation and the left margin must do there.
        assert any(one.name in {"total", "Cart"} for one in declarations(parsed))


def test_outline_leaves_bodies_out():
    parsed = parse_text(
        "LIMIT = 3\n\nasync def load(a, b=1) -> int:\n    secret_body()\n\nclass A(B):\n    x: int = 0\n    @staticmethod\n    def f():\n        pass\n",
        by_id("python"),
    )
    assert parsed is not None
    found = [(one.depth, one.name) for one in declarations(parsed)]
    assert found == [(0, "LIMIT"), (0, "load"), (0, "A"), (1, "x"), (1, "f")]
    assert "secret_body" not in " ".join(one.signature for one in declarations(parsed))


def test_a_long_file_is_parsed_around_the_cursor_only():
    text = "".join(f"def f{n}():\n    return {n}\n\n" for n in range(4000))
    snapshot = Snapshot.of(text, language_id="python")
    at = Position(9001, 4)
    parsed = parse(snapshot, by_id("python"), at)
    assert parsed is not None
    assert parsed.last_line - parsed.first_line <= grammar.PARSE_LINES
    assert enclosing(parsed, at)[0].name == "f3000"
    assert health.faults(parsed) == 0


def test_columns_after_wide_characters():
    snapshot, at = place("def f():\n    s = 'é😀' + ‸other\n", "python")
    parsed = parse(snapshot, by_id("python"), at)
    assert parsed is not None
    assert surrounding(parsed, at) is Surrounding.CODE
    assert surrounding(parsed, Position(1, 11)) is Surrounding.STRING


def test_worse_equal_better():
    python = by_id("python")
    assert health.parses_no_worse("x = 1\n", "x = (1\n", python) is False
    assert health.parses_no_worse("x = (1\n", "x = (2\n", python) is True
    assert health.parses_no_worse("x = (1\n", "x = (1)\n", python) is True
    assert health.parses_no_worse("a", "b", by_id("plaintext")) is None


def test_no_grammar_no_tree():
    assert parse_text("hello", by_id("plaintext")) is None
