"""From an answer to edits, or to a refusal with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretwise.repair.answer import Refusal, read
from caretwise.repair.finding import Finding, lines_range, region
from caretwise.repair.verify import Checked, check
from caretwise.syntax.grammar import parse
from caretwise.text.edit import apply_edits
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

SOURCE = "import math\n\n\ndef area(width, height):\n    # the area\n    return width * heigth\n\n\ndef other():\n    return 1\n"


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def snapshot(text: str = SOURCE) -> Snapshot:
    return Snapshot.of(text, language_id="python")


def part(text: str = SOURCE) -> Range:
    return lines_range(snapshot(text), 3, 5)


def after(answer: str, text: str = SOURCE) -> str:
    edits = read(answer, snapshot(text), part(text))
    assert not isinstance(edits, Refusal), edits
    return apply_edits(snapshot(text), edits).text


def refused(answer: str, text: str = SOURCE) -> str:
    edits = read(answer, snapshot(text), part(text))
    assert isinstance(edits, Refusal), edits
    assert edits.reason
    return edits.code


RIGHT = block("    return width * heigth", "    return width * height")


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        "The name is misspelt.\n\n" + RIGHT + "\nDone.",
        "```python\n" + RIGHT + "```",
        RIGHT.replace("\n", "\r\n"),
        block("return width * heigth", "return width * height"),
        block("    # the area\n    return width * heigth  ", "    # the area\n    return width * height"),
    ],
)
def test_the_same_fix_in_several_dresses(answer):
    assert after(answer) == SOURCE.replace("heigth", "height")


def test_the_edit_is_as_small_as_can_be():
    edits = read(RIGHT, snapshot(), part())
    assert not isinstance(edits, Refusal)
    assert len(edits) == 1
    assert edits[0].new_text == "ht"


def test_line_ends_survive():
    text = SOURCE.replace("\n", "\r\n")
    wide = block("    return width * heigth", "    total = width * height\n    return total")
    assert after(wide, text) == text.replace(
        "    return width * heigth", "    total = width * height\r\n    return total"
    )


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("I would rename the variable.", "no_block"),
        ("NOTHING", "declined"),
        ("", "no_block"),
        ("<<<<<<< SEARCH\n    return width", "block_cut"),
        (block("    return depth", "    return 1"), "not_found"),
        (block("    return 1", "    return 2"), "outside_region"),
        (block("", "    return 2"), "empty_search"),
        (block("    return width * heigth", "    return width * heigth"), "unchanged"),
        (block("    return width * heigth", "    return width\u202e * height"), "bad_characters"),
        (block("    return width * heigth", "    return 1\n" * 3000), "too_large"),
    ],
)
def test_refusals(answer, code):
    assert refused(answer) == code


def test_a_search_text_that_occurs_twice_is_refused():
    text = SOURCE.replace("    # the area\n", "    return width * heigth\n")
    assert refused(RIGHT, text) == "ambiguous"


@given(st.text(alphabet=st.sampled_from("<>=SEARCHPL \n\treturn width*heigth"), max_size=400))
def test_no_answer_raises(answer):
    read(answer, snapshot(), part())


def test_the_region_is_the_function_around_the_finding():
    at = Finding(Range(Position(5, 19), Position(5, 25)), "undefined name 'heigth'")
    python = by_id("python")
    found = region(snapshot(), at, parse(snapshot(), python))
    assert (found.start.line, found.end.line) == (3, 5)
    assert region(snapshot(), at, None).start.line == 0


def test_a_fix_that_parses_worse_is_refused():
    edits = read(block("    return width * heigth", "    return (width * height"), snapshot(), part())
    assert not isinstance(edits, Refusal)
    found = check(snapshot(), part(), edits, by_id("python"))
    assert isinstance(found, Refusal)
    assert found.code == "parses_worse"


def test_a_fix_outside_its_region_is_refused():
    edits = read(RIGHT, snapshot(), part())
    assert not isinstance(edits, Refusal)
    found = check(snapshot(), lines_range(snapshot(), 8, 9), edits, by_id("python"))
    assert isinstance(found, Refusal)
    assert found.code == "outside_region"


def test_what_was_checked_is_named():
    edits = read(RIGHT, snapshot(), part())
    assert not isinstance(edits, Refusal)
    python, plain = (
        check(snapshot(), part(), edits, by_id("python")),
        check(snapshot(), part(), edits, by_id("plaintext")),
    )
    assert isinstance(python, Checked)
    assert python.layers == ("in region", "parses", "names")
    assert isinstance(plain, Checked)
    assert plain.label == "in region"


def test_a_line_of_the_file_that_looks_like_a_divider_is_not_guessed_at():
    text = "Title\n=======\nTeh text.\n"
    answer = block("Title\n=======\nTeh text.", "Title\n=======\nThe text.")
    found = read(answer, Snapshot.of(text), lines_range(Snapshot.of(text), 0, 3))
    assert isinstance(found, Refusal)
    assert found.code == "ambiguous_block"
    longer = answer.replace("<<<<<<< S", "<<<<<<<<< S").replace("Teh text.\n=======", "Teh text.\n=========")
    edits = read(longer, Snapshot.of(text), lines_range(Snapshot.of(text), 0, 3))
    assert not isinstance(edits, Refusal)
    assert apply_edits(Snapshot.of(text), edits).text == text.replace("Teh", "The")


def test_blanks_at_the_ends_of_lines_that_stay_are_the_files_own():
    text = 'def f():\n    s = """a  \nb  \n"""\n    return heigth\n'
    whole = lines_range(snapshot(text), 0, 4)
    answer = block('    s = """a\nb\n"""\n    return heigth', '    s = """a\nb\n"""\n    return height')
    edits = read(answer, snapshot(text), whole)
    assert not isinstance(edits, Refusal)
    assert apply_edits(snapshot(text), edits).text == text.replace("heigth", "height")


def test_one_bad_character_in_the_file_opens_no_door_for_others():
    text = "x = '\x0c'\ny = 1\n"
    answer = block("y = 1", "y = '\u202e'")
    found = read(answer, snapshot(text), lines_range(snapshot(text), 0, 1))
    assert isinstance(found, Refusal)
    assert found.code == "bad_characters"


def test_a_finding_over_the_whole_file_does_not_make_all_of_it_the_region():
    text = "".join(f"value_{n} = {n}\n" for n in range(5000))
    whole = Finding(Range(Position(0, 0), Position(5000, 0)), "too long")
    found = region(snapshot(text), whole, None)
    assert found.end.line - found.start.line < 200


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "<think>",
        "</think",
        "\n",
        "a",
        "аb",
        "# ",
        "# ...",
        "<x>\n",
        "@@ \n",
        "...\n",
        "--- a\n",
        "/*",
        " ",
        "о",
        "{/*",
        "```diff\n",
    ],
)
def test_no_answer_is_read_for_long(piece):
    read(piece * (190_000 // len(piece)), snapshot(), part(), by_id("python"), "a.py")
    read(
        block("    return width * heigth", "    return 1  # " + piece.strip() * (30_000 // len(piece))),
        snapshot(),
        part(),
    )


@pytest.mark.parametrize("code", ["\u200b", "\u200e", "\u2060", "\u2028", "\ufeff", "\u3164", "\U000e0100"])
def test_what_cannot_be_seen_is_refused(code):
    assert refused(block("    return width * heigth", f'    return "{code}"')) == "bad_characters"


def test_joiners_are_taken_where_they_join():
    assert "👩‍🚀" in after(block("    return width * heigth", '    return "👩‍🚀"'))
    assert refused(block("    return width * heigth", '    return "a‍b"')) == "bad_characters"


def test_whole_words_of_another_alphabet_are_taken():
    assert "площадь" in after(block("    return width * heigth", '    return "площадь"'))


def test_a_file_whose_lines_end_with_a_return_alone_is_parsed_as_lines():
    text = SOURCE.replace("\n", "\r")
    edits = read(RIGHT, snapshot(text), part(text), by_id("python"))
    assert not isinstance(edits, Refusal)
    assert isinstance(check(snapshot(text), part(text), edits, by_id("python")), Checked)
