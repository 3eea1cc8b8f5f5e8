"""The machine's clock is set while a suggestion is on screen: no duration is made up, and nothing raises."""

import pytest

from caretwise.measure.fact import milliseconds


@pytest.mark.parametrize(
    ("earlier", "later", "between"),
    [(10.0, 10.25, 250.0), (10.0, 10.0, 0.0), (10.0, 9.0, None), (10.0, 10.0 + 40 * 86_400, None)],
)
def test_time_between_two_looks_at_the_clock(earlier, later, between):
    assert milliseconds(earlier, later) == between
