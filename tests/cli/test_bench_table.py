"""What a comparison looks like in the terminal."""

from dataclasses import replace

import click

from caretwise.bench.answer import Answer
from caretwise.bench.tally import comparisons
from caretwise.cli.bench_table import compared, money


def answer(arm: str, text: str, *, exact: bool) -> Answer:
    return Answer(
        arm=arm, key=arm, hole="a.py:3:5:body", path="a.py", kind="body", truth=TRUTH, text=text, code="", origin="network",
        ms=1.0, first_token_ms=1.0, prompt_tokens=1, cached_tokens=0, completion_tokens=1, dollars=None, exact=exact,
        first_line=True, similarity=1.0, identifiers=1.0,
    )  # fmt: skip


TRUTH = "for line in basket.lines_that_are_held():\n    total += line.price_of_all()\n    count += 1\nreturn total"


def test_examples_that_begin_alike_are_shown_where_they_part():
    right = answer("good", TRUTH, exact=True)
    wrong = replace(answer("bad", TRUTH.replace("count += 1", "break"), exact=False))
    found = comparisons([right, wrong], ["good", "bad"], lambda _: 0)[0]
    shown = click.unstyle(compared(found)).splitlines()
    assert shown[-3:] == [
        "    truth  …count += 1⏎return total",
        "    bad    …break⏎return total",
        "    good   …count += 1⏎return total",
    ]


def test_money_that_cents_do_not_show():
    assert [money(one) for one in (1.0, 12.345, 0.25, 0.002)] == ["$1.00", "$12.35", "$0.25", "$0.0020"]
