"""Indentation that is none of blanks and tabs."""

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules.dedented import dedented
from caretwise.text.language import by_id


def test_a_form_feed_is_no_indentation():
    place = Place("\f", "", by_id("python"), multiline=True, indent_unit="    ")
    draft = Draft("x = 1\ny = 2")
    assert dedented(draft, place) == draft
