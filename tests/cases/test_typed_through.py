"""Typing a ghost out, character by character: what is typed and what is left are the ghost, at every place in it."""

import pytest
from tests.cases.test_complete_cases import CASES, load

from caretwise.complete.ghost import Ghost
from caretwise.engine.answers import Answers
from caretwise.engine.offer import Ask, Facts, Offer
from caretwise.engine.prepare import place_of
from caretwise.engine.take import offer, take
from caretwise.text.edit import TextEdit, apply_edits
from caretwise.text.language import by_path
from caretwise.text.snapshot import Snapshot


def completed(snapshot: Snapshot, ghost: Ghost) -> str:
    return apply_edits(snapshot, [TextEdit(ghost.range, ghost.text)]).text


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_rest_of_a_ghost_is_its_rest(path):
    case = load(path)
    language = by_path(case.name)
    snapshot = Snapshot.of(case.document, uri="file:///p/" + case.name, language_id=language.id)
    ask = Ask(snapshot, case.cursor, language, case.name)
    place = place_of(ask, multiline=case.setting("multiline", "true") == "true")
    answer = take(ask, "one", place, case.style or "snippet", case.answer or "", Facts())
    if answer.ghost is None:
        assert answer.reason
        return
    whole, ghost = completed(snapshot, answer.ghost), answer.ghost
    answers = Answers()
    answers.add(answer)
    for typed in range(1, len(ghost.text)):
        at = snapshot.offset(ghost.position)
        text = snapshot.text[:at] + ghost.text[:typed] + snapshot.text[at:]
        now = Snapshot.of(text, uri=snapshot.uri, language_id=language.id, version=2)
        later = Ask(now, now.position(at + typed), language, case.name)
        found = answers.find(later, "one")
        assert found is not None
        assert found[1] is not None
        rest = offer(later, answer, found[1], Facts(), "id")
        assert isinstance(rest, Offer)
        if "\r" not in text:
            assert completed(now, rest.ghost) == whole
