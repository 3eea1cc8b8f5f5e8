"""What models write, through the recipe and the reader of fixes; secrets through the mask, code through parsers."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from tests.fuzz.pieces import code, repeated, talk, text
from tests.fuzz.target import Target

from caretwise.complete.draft import Place
from caretwise.complete.recipe import STYLES, fit, unwrap
from caretwise.complete.stream import enough
from caretwise.context.key_literals import MARK, mask
from caretwise.repair.answer import MOST_CHARACTERS, Refusal, read
from caretwise.syntax.grammar import parse
from caretwise.syntax.health import faults
from caretwise.syntax.outline import declarations
from caretwise.syntax.scope import enclosing
from caretwise.text.edit import apply_edits
from caretwise.text.language import by_id
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines

_LANGUAGES = ["python", "typescript", "javascriptreact", "go", "rust", "java", "yaml", "markdown", "plaintext", "ruby"]
_around = st.one_of(code, text, repeated(code, 4_000))
_answer = st.one_of(talk, talk, talk, repeated(talk))
_place = {
    "prefix": _around, "suffix": _around, "language": st.sampled_from(_LANGUAGES), "multiline": st.booleans(),
    "unit": st.sampled_from(["    ", "  ", "\t"]), "end": st.sampled_from(["\n", "\r\n"]),
}  # fmt: skip


def _place_of(value: Any) -> Place:
    language = by_id(value["language"])
    return Place(value["prefix"], value["suffix"], language, value["multiline"], value["unit"], value["end"])


def recipes(value: Any) -> None:
    """Ghost text or a reason; nothing that cannot be seen or is no line end of ours; the same when fitted once more."""
    place = _place_of(value)
    first = unwrap(value["answer"], place, value["style"])
    assert unwrap(value["answer"], place, value["style"]) == first
    if first.draft is None:
        assert first.steps[-1].reason
        return
    second = fit(first.draft.text, place)
    if second.draft is None:
        assert second.steps[-1].reason
        return
    ghost = second.draft
    line = place.suffix.replace("\r", "\n").split("\n", 1)[0]
    assert 0 <= ghost.replaces <= len(line), "it replaces more than the line has"
    assert "\r" not in ghost.text
    assert not any(ord(one) < 32 and one not in "\t\n" for one in ghost.text), "a control character"
    assert not any(0xD800 <= ord(one) < 0xE000 for one in ghost.text), "half a character"
    ghost.text.encode()
    if value["style"] == "local" or not ghost.replaces:
        again = fit(ghost.text, place)
        assert again.draft is None or len(again.draft.text) <= len(ghost.text) + len(line), (
            "fitting it again makes it grow"
        )


def streaming(value: Any) -> None:
    """Looking whether a stream has written enough, at each of its lines, raises nothing and takes its time only."""
    place = _place_of(value)
    answer = value["answer"][:6_000]
    ends = [at for at, one in enumerate(answer) if one == "\n"]
    for at in ends[:: max(1, len(ends) // 25)]:
        enough(answer[: at + 1], place, value["style"])


_SIGNS = ["<<<<<<< SEARCH", "<<<<<SEARCH", "=======", "=====", ">>>>>>> REPLACE", ">>>>> REPLACE", "```", "NOTHING"]


@st.composite
def _fixes(draw: st.DrawFn) -> dict[str, Any]:
    source = draw(st.one_of(code, text, repeated(code, 3_000)))
    lines = split_lines(source)
    first = draw(st.integers(0, len(lines) - 1))
    last = draw(st.integers(first, len(lines) - 1))
    bare = [line.rstrip("\r\n") for line in lines]
    # Lines of the file above all: a block whose search text is nowhere is refused soon.
    part = st.lists(st.sampled_from(bare) | st.sampled_from(_SIGNS) | code.map(str.strip), max_size=6)
    answer: list[str] = []
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(first, last))
        search = bare[at : draw(st.integers(at, last)) + 1] if draw(st.booleans()) else draw(part)
        answer += ["<<<<<<< SEARCH", *search, "=======", *draw(part), ">>>>>>> REPLACE"]
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    whole = end.join(answer) if draw(st.integers(0, 4)) else draw(_answer)
    return {"source": source, "first": first, "last": last, "answer": whole}


def fixes(value: Any) -> None:
    """A refusal with a reason, or edits that change nothing outside the region."""
    snapshot = Snapshot("file:///a.py", "python", 1, tuple(split_lines(value["source"])))
    first, last = value["first"], value["last"]
    region = Range(Position(first, 0), Position(last, len(snapshot.line(last))))
    found = read(value["answer"], snapshot, region)
    assert read(value["answer"], snapshot, region) == found
    if isinstance(found, Refusal):
        assert found.code and found.reason
        return
    after = apply_edits(snapshot, found).text
    above = "".join(snapshot.lines[:first])
    below = snapshot.text[snapshot.offset(region.end) :]
    assert after.startswith(above) and after.endswith(below), "it changes what it must not"
    assert len(after) >= len(above) + len(below)
    assert after != snapshot.text, "edits that change nothing"


def long_fixes(value: Any) -> None:
    """A fix as long as one may be takes bounded time, whatever is in it."""
    # Words alone: what is forgiven in blanks, signs and line ends is for `fixes` to look at.
    line, other = (re.sub(r"\W+", "_", value[name]) for name in ("line", "other"))
    size = min(value["lines"], MOST_CHARACTERS // (3 * (len(line) + len(other) + 2)))
    source = f"{line}\n" * size + "end"
    search = "\n".join([line] * value["search"] + ["end"])
    replace = "\n".join(([line, other] * size)[: value["replace"]])
    snapshot = Snapshot("file:///a.py", "python", 1, tuple(split_lines(source)))
    last = len(snapshot.lines) - 1
    region = Range(Position(0, 0), Position(last, len(snapshot.line(last))))
    found = read(f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE", snapshot, region)
    if isinstance(found, list):
        kept = source.removesuffix(search)
        assert apply_edits(snapshot, found).text == kept + replace, "the edits do not lead to what was asked for"


_SECRETS = ["sk-", "sk-ant-", "AKIA", "ghp_", "eyJ", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----", "password = ",
            "token: ", "://u:p@h", "Bearer ", "A1b2C3d4E5f6G7h8I9j0", "abcdefghijklmnopqrstuvwxyz012345", "'", '"', "\\", "=", ".eyJ", "MIIE", "+/", "\n"]  # fmt: skip
_secrets = st.lists(st.sampled_from(_SECRETS) | st.text(max_size=3), max_size=20).map("".join)


def masks(value: str) -> None:
    """As long as before, line ends in their places, and nothing more to hide the second time."""
    found = mask(value)
    assert len(found.text) == len(value)
    assert all(new in (old, MARK) for old, new in zip(value, found.text, strict=True))
    assert [one for one in found.text if one in "\r\n"] == [one for one in value if one in "\r\n"]


def parses(value: Any) -> None:
    """Any text in any language at any place: a tree or none, never an error; as good when an earlier tree was used."""
    language = by_id(value["language"])
    snapshot = Snapshot("file:///a", value["language"], 1, tuple(split_lines(value["text"])))
    at = snapshot.clamp(Position(*value["at"]))
    parsed = parse(snapshot, language, at)
    if parsed is None:
        return
    for scope in enclosing(parsed, at):
        assert scope.first_line <= at.line, "a scope that begins after its place"
    for one in declarations(parsed):
        assert 0 <= one.line < len(snapshot.lines), "a declaration outside the text"
    place = snapshot.offset(at)
    longer = snapshot.text[:place] + value["typed"] + snapshot.text[place:]
    later = Snapshot("file:///a", value["language"], 2, tuple(split_lines(longer)))
    fresh, reused = parse(later, language, at), parse(later, language, at, earlier=parsed)
    assert fresh is not None and reused is not None
    assert (reused.source, reused.first_line) == (fresh.source, fresh.first_line)
    assert reused.root.end_byte == fresh.root.end_byte, "an earlier tree's end"
    if not faults(fresh):
        assert str(reused.root) == str(fresh.root), "another tree than that of the whole text"


def _nest(pieces: list[str], most: int) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(pieces), st.integers(1, most)).map(lambda drawn: drawn[0] * drawn[1])


# At the end of a text of arrows tree-sitter's Java grammar takes time with the square of their number, in one step that
# cannot be given up (1,500 of them: 1.1 s). That is known; no more of them here than what takes its time.
_nested = _nest(["{", "(", "[", "class A{", "!", "if(a)"], 3_000) | _nest(["x=>"], 500)

TARGETS = [
    Target(
        "recipes",
        st.fixed_dictionaries({**_place, "answer": _answer, "style": st.sampled_from(sorted(STYLES))}),
        recipes,
        3,
    ),
    Target(
        "streaming",
        st.fixed_dictionaries({**_place, "answer": _answer, "style": st.sampled_from(sorted(STYLES))}),
        streaming,
        6,
    ),
    Target("fixes", _fixes(), fixes, 2),
    Target(
        "long_fixes",
        st.fixed_dictionaries(
            {
                "line": code,
                "other": text,
                "lines": st.integers(1, 20_000),
                "search": st.integers(0, 20_000),
                "replace": st.integers(0, 40_000),
            }
        ),
        long_fixes,
        30,
    ),
    Target("masks", st.one_of(_secrets, _secrets, repeated(_secrets)), masks, 3),
    Target(
        "parses",
        st.fixed_dictionaries(
            {
                "text": _around | _nested,
                "typed": text,
                "language": st.sampled_from(_LANGUAGES),
                "at": st.tuples(st.integers(0, 40), st.integers(0, 40)).map(list),
            }
        ),
        parses,
    ),
]
