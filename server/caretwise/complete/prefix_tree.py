"""A tree of texts: which of many stored texts does this one begin with, and which of them begin with it?

Both questions cost the length of the text asked about, however many are stored. The answers that were given on a line
are kept in one, by the text before the cursor: as the user types on, or deletes some of it, they are found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from caretwise.text.edit import common_prefix

Value = TypeVar("Value")


class _Node(Generic[Value]):
    """Where stored texts part, or end. `below` leads on by the next character: to the whole label, and what is there."""

    __slots__ = ("below", "held")

    def __init__(self) -> None:
        self.below: dict[str, tuple[str, _Node[Value]]] = {}
        self.held: list[Value] = []  # one value or none: a value may be None itself


class PrefixTree(Generic[Value]):
    """One value for each text. Labels are as long as they can be: n texts make at most 2n nodes."""

    def __init__(self) -> None:
        """Nothing is stored."""
        self._root: _Node[Value] = _Node()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, text: str, value: Value) -> None:
        """Store a value, in place of the text's old one."""
        node, at = self._root, 0
        while at < len(text):
            if text[at] not in node.below:
                node.below[text[at]] = (text[at:], _Node())
            label, child = node.below[text[at]]
            shared = common_prefix(label, text[at : at + len(label)])
            if shared < len(label):
                fork: _Node[Value] = _Node()
                fork.below[label[shared]] = (label[shared:], child)
                node.below[text[at]] = (label[:shared], fork)
                child = fork
            node, at = child, at + shared
        self._count += not node.held
        node.held = [value]

    def drop(self, text: str) -> None:
        """Forget a text; nothing happens when it is not there."""
        steps: list[tuple[_Node[Value], str, _Node[Value]]] = []
        node, at = self._root, 0
        while at < len(text):
            label, child = node.below.get(text[at], ("", None))
            if child is None or not text.startswith(label, at):
                return
            steps.append((node, text[at], child))
            node, at = child, at + len(label)
        self._count -= len(node.held)
        node.held = []
        for parent, first, child in reversed(steps):
            _tidy(parent, first, child)

    def along(self, text: str) -> list[tuple[int, Value]]:
        """What is stored for beginnings of `text` and for `text` itself, shortest first, each with its length."""
        found: list[tuple[int, Value]] = []
        node, at = self._root, 0
        while True:
            found += ((at, value) for value in node.held)
            label, child = node.below.get(text[at : at + 1], ("", None))
            if child is None or not text.startswith(label, at):
                return found
            node, at = child, at + len(label)

    def beyond(self, text: str, most: int) -> list[tuple[str, Value]]:
        """What is stored for texts that begin with `text` and are 1 to `most` code points longer.

        Shortest first; each with what comes after `text`.
        """
        node, at = self._root, 0
        rest = ""
        while at < len(text):
            label, child = node.below.get(text[at], ("", None))
            shared = common_prefix(label, text[at : at + len(label)])
            if child is None or (shared < len(label) and at + shared < len(text)):
                return []
            node, at, rest = child, at + shared, label[shared:]
        found = [(more, value) for more, value in _below(node, rest, most) if more]
        return sorted(found, key=lambda one: len(one[0]))


def _below(node: _Node[Value], text: str, most: int) -> Iterator[tuple[str, Value]]:
    """What is stored at a node and below it, each with its text from a starting point on; `text` leads to the node."""
    waiting = [(text, node)]
    while waiting:
        text, node = waiting.pop()
        if len(text) <= most:
            for value in node.held:
                yield text, value
            waiting += ((text + label, child) for label, child in node.below.values())


def _tidy(parent: _Node[Value], first: str, child: _Node[Value]) -> None:
    """Take out a node that holds nothing and at which nothing parts any more."""
    if child.held or len(child.below) > 1:
        return
    label, _ = parent.below.pop(first)
    for further, grandchild in child.below.values():
        parent.below[first] = (label + further, grandchild)
