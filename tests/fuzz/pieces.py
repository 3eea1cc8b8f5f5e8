"""Pieces from which inputs are put together: random characters alone hardly ever mean anything to a parser."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

CODE = [
    "def f(a, b):\n", "    return ", "class A:\n", "if x:\n", "else:\n", "for i in y:\n", "x = 1\n", "foo(", ")", "]", "}", "{",
    "(", "[", ":", ";", ",", ".", '"', "'", "`", '"""', "#", "//", "/*", "*/", "\\", "=", "==", "->", "=>", "a", "b1", "_", "é",
    "const f = () => {\n", "fn f() -> u8 {\n", "package p\n", "    ", "  ", "\t", " ", "\n", "\n\n", "\r\n", "\r",
]  # fmt: skip
ODD = [
    "\x00", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u200b", "\u200d", "\u202e", "\u2028", "\u2029", "\ufeff", "\ud800", "\udfff",
    "\U000e0041", "𝒳", "👩\u200d💻", "e\u0301", "ß", "İ", "\uffff",
]  # fmt: skip
TALK = [
    "```", "```python\n", "\n```\n", "~~~", "<think>", "</think>", "◁think▷", "◁/think▷", "<completion>", "</completion>", "<hole/>",
    "<<<<<<< SEARCH\n", "\n=======\n", "\n>>>>>>> REPLACE\n", "<|fim_middle|>", "<|endoftext|>", "</s>", "[SUFFIX]", "‸",
    "Here is the code:\n", "Sure!\n", "\n\nThis adds one.", "NOTHING", "<before>\n", "\n</after>", "aaaaaaaa",
]  # fmt: skip

code = st.lists(st.sampled_from(CODE), max_size=20).map("".join)
text = st.lists(st.sampled_from(CODE + ODD) | st.text(max_size=4), max_size=16).map("".join)
talk = st.lists(st.sampled_from(TALK + CODE + ODD) | st.text(max_size=4), max_size=24).map("".join)


@st.composite
def repeated(draw: st.DrawFn, of: st.SearchStrategy[str], most: int = 20_000) -> str:
    """Something short, very often: what shows a cost that grows faster than the input."""
    piece = draw(of.filter(bool))
    return draw(of) + piece * draw(st.integers(1, max(1, most // len(piece)))) + draw(of)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
json_values: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        scalars
        | scalars
        | st.lists(json_values, max_size=4)
        | st.dictionaries(st.text(max_size=8), json_values, max_size=4)
    )
)


@st.composite
def cuts(draw: st.DrawFn, length: int) -> list[int]:
    """Places at which a text of this length is cut, in order."""
    return sorted(draw(st.lists(st.integers(0, length), max_size=12)))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces (none of them empty)."""
    edges = [0, *(place % (len(data) + 1) for place in places), len(data)]
    edges.sort()
    return [data[low:high] for low, high in itertools.pairwise(edges) if low < high]
