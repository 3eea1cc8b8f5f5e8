from hypothesis import given
from hypothesis import strategies as st

from caretwise.bench.answer import Answer, from_line, scored, to_line
from caretwise.bench.holes import Hole
from caretwise.bench.score import Score, distance, score


def plain_distance(one, two):
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(two, 1):
            row.append(min(row[-1] + 1, last[j] + 1, last[j - 1] + (a != b)))
    return row[-1]


@given(st.text("abc\n", max_size=90), st.text("abc\n", max_size=90))
def test_the_distance_by_bits_is_the_distance_by_the_table(one, two):
    assert distance(one, two) == plain_distance(one, two)


def test_blanks_at_line_ends_and_line_ends_do_not_matter():
    assert score("a = 1\r\nb = 2", "a = 1  \nb = 2\n").exact


def test_a_right_first_line_with_more_below_is_no_exact_match():
    found = score("net * rate)", "net * rate)\nreturn net")
    assert found.first_line
    assert not found.exact


def test_no_answer_is_worth_nothing():
    assert score("a", " \n") == Score()


def test_names_count_as_often_as_they_occur():
    assert score("f(a, a)", "f(a, b)").identifiers == 2 * 2 / 6
    assert score("1 + 2", "3").identifiers == 1.0


def test_text_that_brings_what_it_replaces_is_compared_with_it():
    hole = Hole("h", "a.py", "tail", "f(", "a, b", ")\n")
    truth, _, found = scored(hole, "a, b)", 1)
    assert truth == "a, b)"
    assert found.exact


def test_an_answer_is_read_back_from_its_line_and_half_a_line_is_none():
    answer = Answer(arm="a", key="k", hole="h", path="p", kind="tail", truth="ä\n", text="x", ms=1.5, exact=True)
    assert from_line(to_line(answer)) == answer
    assert from_line(to_line(answer)[:40]) is None
    assert from_line("[]") is None
    assert from_line("{}") is None
