"""The window around the cursor: within its budget, cut at declarations, and still while somebody types."""

from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.context.snippet import CHARACTERS_PER_TOKEN
from caretwise.context.window import window
from caretwise.syntax.grammar import parse
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

PYTHON = by_id("python")


def long_file(functions: int) -> Snapshot:
    parts = ["import os\nimport sys\n\n"]
    parts += [
        f"def function_{n}(first, second):\n    total = first + second\n    return total * {n}\n\n\n"
        for n in range(functions)
    ]
    return Snapshot.of("".join(parts), language_id="python")


def cut(snapshot: Snapshot, at: Position, budget: int = 600):
    return window(snapshot, at, budget=budget, parsed=parse(snapshot, PYTHON, at))


def test_a_small_file_is_shown_whole():
    snapshot = long_file(3)
    at = Position(5, 4)
    found = cut(snapshot, at)
    assert found.prefix + found.suffix == snapshot.text
    assert found.head == ""


def test_a_long_file_is_cut_at_a_declaration_and_keeps_its_head():
    snapshot = long_file(400)
    found = cut(snapshot, Position(1004, 4))
    assert found.prefix.startswith("def function_")
    assert found.head.startswith("import os\nimport sys")
    assert len(found.prefix) + len(found.suffix) + len(found.head) <= 600 * CHARACTERS_PER_TOKEN


def test_typing_does_not_move_the_top():
    snapshot = long_file(400)
    at = Position(1004, 4)
    starts, text = set(), "value = first"
    for typed in range(len(text)):
        starts.add(cut(snapshot, at).first_line)
        edit = TextEdit(Range(at, at), text[typed])
        snapshot = apply_edits(snapshot, [edit])
        at = Position(at.line, at.character + 1)
    assert len(starts) == 1


def test_new_lines_move_the_top_seldom():
    snapshot = long_file(400)
    at = Position(1004, 0)
    starts = []
    for _ in range(80):
        starts.append(cut(snapshot, at).first_line)
        snapshot = apply_edits(snapshot, [TextEdit(Range(at, at), "    value = 1\n")])
        at = Position(at.line + 1, 0)
    assert len(set(starts)) <= 6


@settings(max_examples=60)
@given(
    st.text(alphabet="ab \n\r\té\U0001f600", max_size=2000),
    st.integers(-2, 60),
    st.integers(-2, 60),
    st.integers(10, 400),
)
def test_any_text_any_place(text, line, character, budget):
    snapshot = Snapshot.of(text, language_id="python")
    found = window(snapshot, Position(line, character), budget=budget)
    assert len(found.prefix) <= budget * CHARACTERS_PER_TOKEN
    assert len(found.suffix) <= budget * CHARACTERS_PER_TOKEN
    assert (found.prefix + found.suffix) in text or found.prefix + found.suffix == ""
