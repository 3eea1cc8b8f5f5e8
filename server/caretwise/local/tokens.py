"""Cut code into tokens and put it together again, for any language and without a grammar.

A token is a piece of the text as it stands: a word, a number, a run of blanks, an operator, a string or comment mark.
Only a line end is rewritten. Its token says how the next line's indentation **differs** from this line's, so that code
learned at one depth fits at another. It is the line end itself (blank lines included), then a mark:

| mark | the next line's indentation |
|---|---|
| `=` | is the same |
| `>2` | is two units longer |
| `<2` | is two units shorter |
| `+` and blanks | has these blanks more (not a whole number of units) |
| `-3` | is three characters shorter (not a whole number of units) |
| `!` and blanks | is exactly this (tabs and blanks mixed so that neither contains the other) |

Nothing is normalised: `detokenize(tokenize(text))` is `text` for every text, with the same `unit` and `indent`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(
    r"(?:\r\n|\n|\r)(?:[ \t]*(?:\r\n|\n|\r))*[ \t]*"  # line ends, and the next line's indentation
    r"|[ \t]+"
    r"|[^\W\d]\w*"
    r"|\d\w*(?:\.\d\w*)?"
    r'|"""|\'\'\'|\.\.\.|\*\*=|//=|===|!==|<!--|-->|->|=>|==|!=|<=|>=|&&|\|\||::|:=|\+=|-=|\*=|/=|%=|\|=|&=|\?\?|\?\.'
    r"|\+\+|--|//|/\*|\*/|\*\*|<<|>>|<-|.",
    re.DOTALL,
)
_WORD_END = re.compile(r"\w+\Z")
_BLANKS = frozenset(" \t")


def tokenize(text: str, *, unit: str = "    ", indent: str | None = None) -> list[str]:
    """The tokens of `text`.

    `unit` is the document's step of indentation. `indent` is that of the line in which `text` starts, when it starts
    behind it; without it `text` starts a line, and its own first blanks are the indentation.
    """
    tokens: list[str] = _TOKEN.findall(text)
    current = _first_blanks(tokens) if indent is None else indent
    for index, token in enumerate(tokens):
        if token[0] in "\r\n":
            cut = _after_ends(token)
            new = token[cut:]
            tokens[index] = token[:cut] + ("=" if new == current else _mark(current, new, unit))
            current = new
    return tokens


def detokenize(tokens: Sequence[str], *, unit: str = "    ", indent: str | None = None) -> str:
    """The text that `tokens` stand for; `unit` and `indent` as for `tokenize`.

    A mark that takes away more indentation than there is takes away all.
    """
    current = _first_blanks(tokens) if indent is None else indent
    pieces: list[str] = []
    for token in tokens:
        if is_line_end(token):
            cut = _after_ends(token)
            current = _moved(current, token[cut:], unit)
            pieces += (token[:cut], current)
        else:
            pieces.append(token)
    return "".join(pieces)


def is_line_end(token: str) -> bool:
    """Whether the token ends a line."""
    return token[:1] in ("\n", "\r")


def is_word(token: str) -> bool:
    """Whether the token starts like a name (a letter or `_`); keywords are words too."""
    return token[:1].isidentifier()


def line_ends(token: str) -> int:
    """How many lines a line end token ends: 1, and one more for each blank line."""
    return token.count("\n") + token.count("\r") - token.count("\r\n")


def depth_after(token: str, depth: int, unit: str) -> int:
    """The indentation, in characters, of the line that starts after a line end token."""
    return len(_moved(" " * depth, token[_after_ends(token) :], unit))


def word_before(text: str) -> str:
    """The letters, digits and `_` that `text` ends with: what is typed so far of the word at the cursor."""
    found = _WORD_END.search(text)
    return found.group() if found else ""


def _first_blanks(tokens: Sequence[str]) -> str:
    return tokens[0] if tokens and tokens[0][0] in _BLANKS else ""


def _after_ends(token: str) -> int:
    return max(token.rfind("\n"), token.rfind("\r")) + 1


def _mark(old: str, new: str, unit: str) -> str:
    if new.startswith(old):
        return _steps(new[len(old) :], unit, ">") or "+" + new[len(old) :]
    if old.startswith(new):
        return _steps(old[len(new) :], unit, "<") or f"-{len(old) - len(new)}"
    return "!" + new


def _steps(blanks: str, unit: str, mark: str) -> str:
    times = len(blanks) // len(unit) if unit else 0
    return f"{mark}{times}" if times and blanks == unit * times else ""


def _moved(old: str, mark: str, unit: str) -> str:
    kind, rest = mark[:1], mark[1:]
    if kind == ">":
        return old + unit * int(rest)
    if kind in ("<", "-"):
        characters = int(rest) * (len(unit) if kind == "<" else 1)
        return old[: max(0, len(old) - characters)]
    if kind == "+":
        return old + rest
    return rest if kind == "!" else old
