from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caretwise.complete.prefix_tree import PrefixTree

TEXTS = st.text("ab(", max_size=6)
CHANGES = st.lists(st.tuples(TEXTS, st.none() | st.integers()), max_size=30)


def nodes(tree: PrefixTree[object]) -> int:
    waiting, count = [tree._root], 0
    while waiting:
        node = waiting.pop()
        count += 1
        waiting += (child for _, child in node.below.values())
    return count


@given(CHANGES, TEXTS, st.integers(0, 6))
def test_it_answers_like_a_plain_table(changes, text, most):
    """`None` drops a text, everything else stores it."""
    tree, plain = PrefixTree[int](), {}
    for key, value in changes:
        if value is None:
            tree.drop(key)
            plain.pop(key, None)
        else:
            tree.put(key, value)
            plain[key] = value
    assert len(tree) == len(plain)
    assert tree.along(text) == sorted((len(key), plain[key]) for key in plain if text.startswith(key))
    beyond = tree.beyond(text, most)
    expected = {
        key[len(text) :]: plain[key] for key in plain if key.startswith(text) and 0 < len(key) - len(text) <= most
    }
    assert dict(beyond) == expected
    assert len(beyond) == len(expected)
    assert [len(more) for more, _ in beyond] == sorted(len(more) for more in expected)
    assert nodes(tree) <= 2 * len(plain) + 1


def test_a_place_that_was_typed_through_and_deleted_back():
    tree = PrefixTree[str]()
    tree.put("foo(", "width)")
    tree.put("foo(width, d", "epth)")
    assert tree.along("foo(wi") == [(4, "width)")]
    assert tree.along("fo") == []
    assert tree.beyond("foo", 1) == [("(", "width)")]
    assert tree.beyond("foo(wi", 6) == [("dth, d", "epth)")]
    assert tree.beyond("foo(wa", 6) == []


def test_a_value_may_be_none_and_a_text_empty():
    tree = PrefixTree[None]()
    tree.put("", None)
    assert tree.along("anything") == [(0, None)]
    assert tree.beyond("", 5) == []
    tree.drop("")
    assert len(tree) == 0
