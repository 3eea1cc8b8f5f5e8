"""Golden cases: one place in a document, a model's raw answer, and the ghost text that should come of it.

A case is a text file made of sections. A section begins with a line `-- name --`. The first one is the document: its
name is the file's name and the cursor is marked `‸` (U+2038). The others may follow once each, in any order:

    -- answer --            the model's raw answer, exactly as it came; `-- answer: fim --` names the prompt style
    -- ghost --             the cursor's line (or lines) as they look then, the ghost text in `⟦ ⟧`; or `no ghost: reason`
    -- why --               a sentence for people
    -- setting --           lines of the form `multiline = false`

Other names are kept under `others`. Line ends: the `\\n` before the next header, or at the end of the file, ends the
section and is not part of it. A document that ends in a line end is thus followed by one empty line. A section without
any line is empty. Everything else, `\\r` included, is kept as it is. A line of content that looks like a header is
written with a backslash before it, which the reader takes off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from caretwise.text.position import Position
from caretwise.text.snapshot import Snapshot

CURSOR = "‸"
"""Marks the cursor in a case's document."""

GHOST_START, GHOST_END = "⟦", "⟧"
"""Around the ghost text."""

NO_GHOST = "no ghost: "
"""Begins the ghost section of a case that gives no suggestion; the reason follows."""

_HEADER = re.compile(r"-- (\S(?:.*\S)?) --\Z")
_ESCAPED = re.compile(r"\\+-- \S(?:.*\S)? --\Z")
_SETTING = re.compile(r"([a-z][a-z_]*) *= *(\S.*?) *\Z")
_OWN_SECTIONS = ("answer", "ghost", "why", "setting")


@dataclass(frozen=True, slots=True)
class Case:
    """A golden case.

    `marked` is the document with the cursor mark. `answer`, `ghost` and `why` are None when the case has no such section;
    `style` is the prompt style of the answer, `""` when it is not said.
    """

    name: str
    marked: str
    answer: str | None = None
    style: str = ""
    ghost: str | None = None
    why: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def prefix(self) -> str:
        """The document's text before the cursor."""
        return self.marked.partition(CURSOR)[0]

    @property
    def suffix(self) -> str:
        """The document's text after the cursor."""
        return self.marked.partition(CURSOR)[2]

    @property
    def document(self) -> str:
        """The document without the cursor mark."""
        return self.prefix + self.suffix

    @property
    def cursor(self) -> Position:
        """Where the cursor stands in `document`."""
        return Snapshot.of(self.prefix).end

    @property
    def ghost_text(self) -> str | None:
        """The text between the ghost marks; None when no ghost is expected or the section is missing."""
        if self.ghost is None or GHOST_START not in self.ghost:
            return None
        return self.ghost[self.ghost.index(GHOST_START) + 1 : self.ghost.rindex(GHOST_END)]

    def setting(self, name: str, default: str) -> str:
        """The value of a setting, as it is written."""
        return dict(self.settings).get(name, default)

    def shown(self, text: str, replaces: int = 0) -> str:
        """The ghost section for ghost text at the cursor that replaces so many code points after it."""
        snapshot = Snapshot.of(self.document)
        before, after = snapshot.before(self.cursor), snapshot.after(self.cursor)
        return f"{before}{GHOST_START}{text}{GHOST_END}{after[replaces:]}"


def read(text: str) -> Case:
    """Read a case.

    Raises ValueError, with the line number (from 1) and what is wrong, for a text that is not a well-formed case.
    """
    (name, document, line), *rest = _sections(text)
    if document.count(CURSOR) != 1:
        raise ValueError(
            f"line {line}: the document must hold the cursor mark {CURSOR} once, not {document.count(CURSOR)} times"
        )
    found: dict[str, str] = {}
    style, settings = "", ()
    others: list[tuple[str, str]] = []
    for title, body, line in rest:
        kind, _, said = title.partition(": ") if title.startswith("answer: ") else (title, "", "")
        if kind in found or kind in dict(others):
            raise ValueError(f"line {line}: the section {kind!r} occurs twice; each may occur once")
        if kind not in _OWN_SECTIONS:
            others.append((kind, body))
            continue
        found[kind] = body
        if kind == "answer":
            style = said.strip()
        elif kind == "setting":
            settings = _settings(body, line)
        elif kind == "ghost":
            _check_ghost(body, line)
    return Case(
        name, document, found.get("answer"), style, found.get("ghost"), found.get("why"), settings, tuple(others)
    )


def write(case: Case) -> str:
    """The case as text; `read` gives the same case back.

    Raises ValueError when the case cannot be written: its text would not be read back as it is.
    """
    sections = [(case.name, case.marked)]
    if case.settings:
        sections.append(("setting", "\n".join(f"{name} = {value}" for name, value in case.settings)))
    if case.answer is not None:
        sections.append((f"answer: {case.style}" if case.style else "answer", case.answer))
    sections += [(name, body) for name, body in (("ghost", case.ghost), ("why", case.why)) if body is not None]
    sections += case.others
    text = "".join(f"-- {name} --\n{_escaped(body)}" for name, body in sections)
    if read(text) != case:
        raise ValueError("the case cannot be written: a name has line ends or blanks at its edges, or occurs twice")
    return text


def _sections(text: str) -> list[tuple[str, str, int]]:
    """Each section's name, text, and the number of its header's line."""
    lines = text.removesuffix("\n").split("\n")
    if not _HEADER.match(lines[0]):
        raise ValueError("line 1: a case begins with a header such as `-- name.py --`")
    sections: list[tuple[str, list[str], int]] = []
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header:
            sections.append((header.group(1), [], number))
        else:
            sections[-1][1].append(line[1:] if _ESCAPED.match(line) else line)
    return [(name, "\n".join(body), number) for name, body, number in sections]


def _escaped(body: str) -> str:
    if not body:
        return ""
    lines = ("\\" + line if _HEADER.match(line) or _ESCAPED.match(line) else line for line in body.split("\n"))
    return "\n".join(lines) + "\n"


def _settings(body: str, line: int) -> tuple[tuple[str, str], ...]:
    settings: dict[str, str] = {}
    for number, entry in enumerate(body.split("\n"), line + 1):
        match = _SETTING.match(entry)
        if entry.strip() and (match is None or match.group(1) in settings):
            raise ValueError(f"line {number}: a setting has the form `name = value` and occurs once")
        if match:
            settings[match.group(1)] = match.group(2)
    return tuple(settings.items())


def _check_ghost(body: str, line: int) -> None:
    start, end = body.find(GHOST_START), body.rfind(GHOST_END)
    if body.startswith(NO_GHOST) and start < 0:
        return
    if start < 0 or end < start:
        raise ValueError(
            f"line {line}: the ghost section holds the ghost text in {GHOST_START} {GHOST_END}, or `{NO_GHOST}reason`"
        )
