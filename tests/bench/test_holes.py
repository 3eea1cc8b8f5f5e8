import random

from hypothesis import given
from hypothesis import strategies as st

from caretwise.bench.holes import Hole, leaks, mine, passes, plain
from caretwise.bench.places import KINDS

SHOP = """from prices import rate


def total(items, country):
    net = sum(item.price for item in items)
    if country:
        net = net * rate(country)
        print("net price is", net)
    return round(net, 2)


def average(items, country):
    whole = total(items, country)
    count = len(items)
    return whole / count
"""
FILES = {f"shop{number}.py": SHOP.replace("total", f"total{number}") for number in range(6)}
FILES |= {"notes.md": "no code\n", "empty.py": ""}


def drawn(seed, **more):
    return mine(FILES, 10, random.Random(seed).randrange, **more)


def test_the_same_seed_gives_the_same_holes_and_another_one_others():
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@given(st.integers(0, 2**32))
def test_every_hole_is_cut_out_of_its_file_and_holes_of_a_file_do_not_meet(seed):
    holes = drawn(seed)
    assert len(holes) == 10
    taken = {}
    for hole in holes:
        assert hole.prefix + hole.answer + hole.suffix == FILES[hole.path]
        assert any(character.isalnum() for character in hole.answer)
        lines = set(range(hole.prefix.count("\n"), (hole.prefix + hole.answer).count("\n") + 1))
        assert not lines & taken.setdefault(hole.path, set())
        taken[hole.path] |= lines
    assert {hole.kind for hole in holes} == set(KINDS)


def test_only_the_lines_and_kinds_that_are_wanted():
    lines = {"shop1.py": frozenset({3, 4, 5})}
    holes = drawn(1, kinds=("line",), lines=lines, per_file=20)
    assert {hole.path for hole in holes} == {"shop1.py"}
    assert {hole.cursor.line for hole in holes} == {3, 4, 5}


def test_a_prompt_that_shows_the_line_that_was_taken_out_leaks():
    hole = next(hole for hole in mine(FILES, 50, random.Random(3).randrange, per_file=9) if hole.witnesses)
    witness = hole.witnesses[0]
    assert leaks(hole, f"something\n# {witness}:\nmore") == witness
    assert leaks(hole, hole.document) == ""
    # what stands elsewhere too bears no witness
    assert all(
        plain("    count = len(items)") not in one.witnesses for one in mine(FILES, 90, random.Random(3).randrange)
    )


def test_a_pass_has_one_hole_of_each_document():
    a, b, c = (Hole(name, path, "line", "p", "a" + path, "s") for name, path in (("1", "x"), ("2", "x"), ("3", "y")))
    assert passes([a, b, c]) == [(a, c), (b,)]


def test_line_ends_stay_as_they_are():
    files = {"a.py": "def first(one):\r\n    two = one + 1\r\n    return two * 3\r\n"}
    for hole in mine(files, 5, random.Random(1).randrange, per_file=5):
        assert hole.prefix + hole.answer + hole.suffix == files["a.py"]
        assert not hole.answer.endswith("\r")


def test_what_stands_elsewhere_too_is_taken_out_only_where_there_is_nothing_else():
    twice = "def settle(ledger):\n    total = ledger.sum_of_entries()\n    return total\n"
    own = "def archive(folder):\n    removed = folder.sweep_old_files()\n    return removed\n"
    files = {"a.py": twice + own, "b.py": twice}
    holes = mine(files, 40, random.Random(2).randrange, kinds=("line", "tail"), per_file=20)
    first = next(hole for hole in holes if hole.path == "a.py")
    assert "folder" in first.answer or "archive" in first.answer or "sweep" in first.prefix.splitlines()[-1]
    assert {hole.path for hole in holes} == {"a.py", "b.py"}


def test_a_comment_behind_the_code_does_not_make_another_line_of_it() -> None:
    assert plain("class Counter(Static):  # (1)!") == plain("    class Counter(Static):") == "class Counter(Static)"
    assert plain("# total = width") == plain("total = width  // the whole") == "total = width"
    assert plain('url = "http://a.b#c"') == 'url = "http://a.b#c"'
