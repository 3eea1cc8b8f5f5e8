"""Grammars, one wheel per language, loaded when a document of that language is first parsed.

tree-sitter holds the interpreter lock while it parses (28 ms for 10,000 lines), so no parse here is larger than
`PARSE_LINES`: of a longer document some `REGION_LINES` around the place of interest are parsed, from a line that stands at
the left margin. An earlier tree of nearly the same text is used again. What differs is found by comparing the bytes, not by
counting edits: there is nothing that could get out of step.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from itertools import islice

import tree_sitter

from caretwise.text.edit import common_prefix, common_suffix
from caretwise.text.language import Language
from caretwise.text.lines import upward
from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

PARSE_LINES = 3000
"""The most lines that one parse covers: 6 to 9 ms, measured with the Python and TypeScript grammars."""

PARSE_BYTES = 400_000
"""The most bytes that one parse covers (a few very long lines are as slow as many)."""

REGION_LINES, REGION_ABOVE = 420, 120
"""The lines of a longer document that are parsed around a place (1 ms, also where the cursor has jumped), and how many of
them stand above it at least: as many as a prompt shows."""

REGION_STEP = 200
"""Lines by which that part moves, so that typing and walking about seldom move it."""

_WHEELS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
}


_parsers: dict[str, tree_sitter.Parser | None] = {}


def _parser(grammar: str) -> tree_sitter.Parser | None:
    """A parser for the grammar; None when its wheel is not installed or does not load."""
    if grammar not in _WHEELS:
        return None
    if grammar not in _parsers:
        try:
            _parsers[grammar] = _loaded(*_WHEELS[grammar])
        except (ImportError, OSError):
            # No descriptor was left to read it with, say: it may load another time.
            return None
    return _parsers[grammar]


def _loaded(module: str, function: str) -> tree_sitter.Parser | None:
    """A parser from a wheel; None when it is not there or not what we know. Raises ImportError or OSError."""
    try:
        pointer: object = getattr(importlib.import_module(module), function)()
        return tree_sitter.Parser(tree_sitter.Language(pointer))
    except (ModuleNotFoundError, AttributeError, ValueError):
        return None


@dataclass(frozen=True)
class Parsed:
    """A syntax tree over the lines `first_line` to `last_line` (not included) of a snapshot.

    `source` is what was parsed, in UTF-8. Rows of the tree count from `first_line`.
    """

    tree: tree_sitter.Tree
    source: bytes
    first_line: int
    last_line: int
    grammar: str = ""

    @property
    def root(self) -> tree_sitter.Node:
        """The root node."""
        return self.tree.root_node

    def row(self, line: int) -> int:
        """The tree's row for a line of the document."""
        return line - self.first_line

    def line(self, row: int) -> int:
        """The document's line for a row of the tree."""
        return row + self.first_line

    def text(self, node: tree_sitter.Node) -> str:
        """The node's source text."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def parse(
    snapshot: Snapshot,
    language: Language,
    around: Position | None = None,
    *,
    earlier: Parsed | None = None,
    members: bool = False,
) -> Parsed | None:
    """Parse the document, or the part around a position when it is long; None where no grammar is installed.

    `earlier` may be any earlier parse: where its text is nearly the same, the parts of its tree that still hold are
    taken over (0.3 ms instead of 7). With `members` the part may begin with a member of a long class, whose own first
    line then is not in the tree: for who asks about the function around a place, and what is declared near it.
    """
    parser = _parser(language.grammar)
    if parser is None:
        return None
    first, last = _region(snapshot, around.line if around else 0, members=members and language.grammar == "python")
    source = _source("".join(snapshot.lines[first:last]))
    if len(source) > PARSE_BYTES:
        return None
    old = _edited(earlier, source) if earlier is not None and earlier.grammar == language.grammar else None
    tree = parser.parse(source) if old is None else parser.parse(source, old)
    return Parsed(tree, source, first, last, language.grammar)


def _edited(earlier: Parsed, source: bytes) -> tree_sitter.Tree | None:
    """The earlier tree, told what differs now; None when too much does."""
    old = earlier.source
    start = common_prefix(old, source)
    while 0 < start < len(old) and old[start] & 0xC0 == 0x80:  # not in the middle of a character
        start -= 1
    kept = common_suffix(old[start:], source[start:])
    old_end, new_end = len(old) - kept, len(source) - kept
    while kept and source[new_end] & 0xC0 == 0x80:
        kept, old_end, new_end = kept - 1, old_end + 1, new_end + 1
    if (start + kept) * 2 < len(source):
        return None
    tree = earlier.tree.copy()
    tree.edit(start, old_end, new_end, _point(source, start), _point(old, old_end), _point(source, new_end))
    return tree


def _point(source: bytes, offset: int) -> tuple[int, int]:
    """Row and column in bytes of an offset."""
    return source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)


def parse_text(text: str, language: Language) -> Parsed | None:
    """Parse a text that is no document (a snippet, a candidate for a fix); None without grammar or when too long."""
    parser = _parser(language.grammar)
    if parser is None:
        return None
    source = _source(text)
    if len(source) > PARSE_BYTES:
        return None
    return Parsed(parser.parse(source), source, 0, text.count("\n") + 1, language.grammar)


_LONE_RETURN = re.compile(r"\r(?!\n)")


def _source(text: str) -> bytes:
    """The text for a parser, byte for byte as long: a line may end with a return alone, which parsers take for a blank."""
    return (_LONE_RETURN.sub("\n", text) if "\r" in text else text).encode("utf-8", "replace")


def _region(snapshot: Snapshot, line: int, *, members: bool) -> tuple[int, int]:
    count = len(snapshot.lines)
    if count <= PARSE_LINES:
        return 0, count
    first = max(0, line // REGION_STEP * REGION_STEP - REGION_ABOVE)
    return _start(snapshot, first, line, members=members), min(count, first + REGION_LINES)


_MEMBER = re.compile(r"([ \t]+)(?:@\w|(?:async[ \t]+)?def\b|class\b)")


def _start(snapshot: Snapshot, first: int, line: int, *, members: bool) -> int:
    """Where to start to parse: at the left margin, or the tree begins in the middle of a block.

    Within a long class that is above `first`; with `members` it is a member of the class, which to the grammar is a
    function like any other. Where it would be too far above, `first` itself.
    """
    lines = snapshot.lines
    below = lines[first : min(line, first + REGION_LINES // 4)]
    found = next((number for number, text in enumerate(below, first) if _at_margin(text)), None)
    if found is None and members:
        begun = ((len(one[1]), number) for number, text in enumerate(below, first) if (one := _MEMBER.match(text)))
        found = min(begun, default=(0, None))[1]
    if found is None:
        highest = max(0, first - (PARSE_LINES - REGION_LINES))
        above = islice(upward(lines, first), first - highest)
        found = next((first - number for number, text in enumerate(above, 1) if _at_margin(text)), first)
    return found


def _at_margin(text: str) -> bool:
    return text[:1].isalpha() or text[:1] in {"@", "#", "_"}
