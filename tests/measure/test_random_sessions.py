"""What is found against an editor that knows whose each code point is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measure.editor_model import session
from tests.measure.replay import Truth, found_in


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_a_random_session_comes_out_as_it_was(seed: int) -> None:
    editor = session(seed)
    found = found_in(editor.facts)
    for name in editor.ghosts:
        one = found.get(name, Truth())
        assert one.accepted == sum(high - low for low, high in editor.accepted[name]), name
        assert one.typed == editor.typed[name], name
        assert one.retained == pytest.approx(editor.kept[name], abs=0.001), name
