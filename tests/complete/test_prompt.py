"""Prompts: what has to be in them, in which order, and what of them stays while somebody types."""

from __future__ import annotations

import pytest

from caretwise.adapters.resources import templates
from caretwise.complete.prompt import prompt
from caretwise.complete.steady import Shown, below_is_steady, shown
from caretwise.context.pack import Context
from caretwise.context.snippet import Snippet
from caretwise.context.window import Window

STYLES = ("snippet", "hole", "search_replace")
BELOW = "\n\nclass Below:\n" + "".join(f"    line_{number} = {number}\n" for number in range(30))


def context(prefix: str, *, rest: str = "", below: str = BELOW, snippets: tuple[Snippet, ...] = ()) -> Context:
    return Context("a.py", "python", "Python", Window("", prefix, rest + below, 0), snippets)


def snippet(name: str, text: str = "def one(): ...") -> Snippet:
    return Snippet(name, 0, text, "neighbour", 1.0)


def text(seen: Shown, style: str) -> str:
    return prompt(seen, style, templates()).messages[-1][1]


@pytest.mark.parametrize("style", STYLES)
def test_what_stands_below_comes_first_and_the_cursor_last(style):
    made = text(shown(context("import os\nx = os.", snippets=(snippet("b.py"),))), style)
    order = [made.index(part) for part in ("def one(): ...", "class Below:", "import os", "x = os.")]
    assert order == sorted(order)
    assert len(made) - order[-1] < 40


@pytest.mark.parametrize("style", STYLES)
def test_what_follows_the_cursor_on_its_line_is_told_last(style):
    made = text(shown(context("x = call(", rest=")")), style)
    without = text(shown(context("x = call(")), style)
    same = next(
        index for index, (one, two) in enumerate(zip(made, without + "\0" * len(made), strict=False)) if one != two
    )
    assert same > made.index("x = call(")
    assert ")" in made[same:]


@pytest.mark.parametrize("style", STYLES)
def test_chat_styles_are_marked_as_not_judged_yet(style):
    assert "not yet" in templates()[f"inline-{style}"].judged


def test_other_files_keep_their_places_and_new_ones_come_behind():
    one, two, three = snippet("z.py"), snippet("b.py", "def two(): ..."), snippet("a.py", "def three(): ...")
    before = shown(context("x", snippets=(one,)), budget=1000)
    now = shown(context("xy", snippets=(two, one)), before, budget=1000)
    assert now.snippets == (one, two)
    later = shown(context("xyz", snippets=(three,)), now, budget=1000)
    assert later.snippets == (one, two, three)


def test_other_files_are_chosen_anew_when_they_are_too_many_or_may_not_be_shown_or_were_edited():
    one, two = snippet("z.py", "a" * 300), snippet("b.py", "b" * 300)
    before = shown(context("x", snippets=(one,)), budget=150)
    assert shown(context("x", snippets=(two,)), before, budget=150).snippets == (two,)
    assert shown(context("x", snippets=(two,)), before, budget=1000).snippets == (one, two)
    forbidden = shown(context("x", snippets=(two,)), before, budget=1000, allowed=lambda _: False)
    assert forbidden.snippets == (two,)
    edited = snippet("z.py", "c" * 300)
    assert shown(context("x", snippets=(edited,)), before, budget=1000).snippets == (edited,)


def test_what_stands_below_stays_while_little_of_it_changes():
    before = shown(context("x"))
    small = shown(context("x", below=BELOW.replace("line_7 = 7", "line_7 = 8")), before)
    assert small.below == before.below
    other = BELOW.replace("line_", "row_")
    assert shown(context("x", below=other), before).below == other
    moved = BELOW.replace("\n\nclass Below:\n", "\n")
    assert shown(context("x", below=moved), before).below == moved, "the cursor has gone on: it stands elsewhere now"


def test_only_the_end_of_the_window_has_moved():
    assert below_is_steady(BELOW, BELOW[:-200])
    assert below_is_steady(BELOW[:-200], BELOW)
    assert not below_is_steady(BELOW, "\n")


def test_a_suffix_that_stands_last_is_never_stale():
    before = shown(context("x"))
    now = shown(context("x", below=BELOW.replace("line_7 = 7", "line_7 = 8")), before)
    assert "line_7 = 8" in prompt(now, "fim", {}).suffix
    assert "line_7 = 8" not in prompt(now, "raw_fim", {}, suffix_first=True).suffix
