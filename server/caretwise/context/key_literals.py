"""Literals that look like keys: hidden from models and from logs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

MARK = "\u2588"
"""What each character of a hidden literal becomes: a full block, which reads as blacked out, is hardly ever found in code
and makes few tokens in a row. An answer that holds it copied something that the model was not shown."""


@dataclass(frozen=True, slots=True)
class Masked:
    """Text in which `count` literals were replaced; as long as before, with the same line ends."""

    text: str
    count: int


_KEYS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    # OpenAI, Anthropic, Moonshot, DeepSeek, OpenRouter; a class name such as sk-loading-wheel-of-fortune has no digit.
    r"sk-(?:(?:ant|proj|or|svcacct|admin)-)?(?:(?=[A-Za-z_-]{0,80}[0-9])[A-Za-z0-9_-]{16,}|[A-Za-z0-9]{20,})"
    r"|github_pat_[A-Za-z0-9_]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{16,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9_])"
    r"|AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]{16,}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-Ag[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}"
    r"|xai-[A-Za-z0-9]{30,}|pplx-[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{32,}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"
    # JSON web token. The look-behind has `-` too: else each `eyJ` of a long run would be tried to the run's end.
    r"|(?<!-)eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?"
    r"|[Bb]earer[ ](?=[A-Za-z._~+/-]{0,80}[0-9])[A-Za-z0-9._~+/=-]{16,}"
    r")"
)
_KEY_STARTS = (
    "sk-", "github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox", "xapp-", "AKIA", "ASIA", "AIza", "GOCSPX-",
    "ya29.", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "npm_", "pypi-Ag", "hf_", "gsk_", "xai-", "pplx-",
    "dop_v1_", "SG.", "eyJ", "earer ",
)  # fmt: skip
"""What a match of `_KEYS` begins with, one of them; of the last one the first letter is not here."""
_URL_PASSWORD = re.compile(r"://[^\s/:@\"'`<>]{0,128}:([^\s/@\"'`<>]{1,512})@")
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|(?<![a-z])pwd|secret|token|api[_-]?key|(?:access|secret|private|auth)[_-]?key)[0-9]{0,2}"
    r"[\"'`]?\]?[ \t]{0,16}(?::[ \t]{0,4}[a-z_.|\[\]?& ]{1,40})?(?::=|=>|=(?![=>~])|:)[ \t]{0,16}"
    r"(?:[bruf@]{0,2}(\"\"\"|'''|[\"'`])((?:\\.|(?!\1)[^\\\r\n])*)|([a-z0-9+/=_.-]{16,})(?=[ \t]{0,8}(?:[\r\n]|\Z)))",
    re.IGNORECASE,
)
_NAMED_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "api", "access", "private", "auth")
"""What a match of `_NAMED` begins with, one of them."""

_PLACEHOLDER = re.compile(
    r"\W*|[x*._-]+|<.*>|\$.*|\{.*\}|%.*[%s]|.{0,2}|(?:your|my|the|some|insert|enter|put)[-_ ].*"
    r"|(?:change|replace)[-_ ]?(?:me|this|it)?|(?:os\.environ|process\.env|getenv|env[.:(\[]).*"
    r"|password|passwd|pass|pwd|secret|token|api[-_ ]?key|key|example|placeholder|dummy|none|null|nil|true|false"
    r"|string|str|redacted|todo|tbd|n/a|test|foo|bar",
    re.IGNORECASE | re.DOTALL,
)
_LABEL = re.compile(r"\s.*\b(?:password|token|secret|key)\b|\b(?:password|token|secret|key)\b.*\s", re.IGNORECASE)
_PEM_MARK = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/=]{24}")
# A block without its end, or (read backwards) without its beginning: base64, line ends, and what quotes them in code.
_BASE64_LINES = re.compile(r"(?:\\n|[\s\"'+,\\]){0,40}+(?:[A-Za-z0-9+/=]{1,80}+[\s\"'+,\\]{1,40}+)?"
                           r"(?:[A-Za-z0-9+/=]{16,}+[\s\"'+,\\]{0,40}+)*+")  # fmt: skip
_PEM_CHARACTERS = 20_000  # a 16,384-bit RSA key takes 12,700
_NOT_LINE_END = re.compile(r"[^\r\n]")
_SHORTEST_SECRET = 4


def _is_literal(value: str, name: str) -> bool:
    """Whether a quoted value that has the name of a secret is one."""
    if _PLACEHOLDER.fullmatch(value) or "${" in value or "{{" in value:
        return False
    if name.lower().startswith("token"):  # a lexer's tokens are words and signs, a secret one is long and mixed
        return len(value) >= 8 and any(map(str.isdigit, value)) and not any(map(str.isspace, value))
    return len(value) > 2 and not _LABEL.search(value[:512])


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    """What stands between the marks of private key blocks; each stretch between two marks is looked at once."""
    marks = [(mark[1], *mark.span()) for mark in _PEM_MARK.finditer(text)]
    stretches = [("", 0, 0), *marks, ("", len(text), len(text))]
    for before, mark, after in zip(stretches, marks, stretches[2:], strict=False):
        if mark[0] == "END" and before[0] != "BEGIN":
            start = max(before[2], mark[1] - _PEM_CHARACTERS)
            yield mark[1] - _base64_length(text[start : mark[1]][::-1]), mark[1]
        if mark[0] == "BEGIN":
            start, end = mark[2], min(after[1], mark[2] + _PEM_CHARACTERS)
            whole = after[0] == "END" and end == after[1] and _BASE64_RUN.search(text, start, end)
            yield start, end if whole else start + _base64_length(text[start:end])


def _base64_length(text: str) -> int:
    """How many characters at the start of `text` can belong to a key block; 0 when there is no run of base64."""
    found = _BASE64_LINES.match(text)
    return found.end() if found is not None and _BASE64_RUN.search(found[0]) else 0


def _named(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_NAMED`, tried only where one of its words stands: a tenth of the time."""
    low = text.lower().replace("\u017f", "s")  # the long s counts as one where case does not matter
    if len(low) != len(text):  # a few letters of the world become two
        yield from _NAMED.finditer(text)
        return
    yield from _matches(_NAMED, text, sorted(at for word in _NAMED_WORDS for at in _places(low, word)))


def _keys(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_KEYS`, tried only where one of its words stands: a tenth of the time."""
    places = {at - (word == "earer ") for word in _KEY_STARTS for at in _places(text, word)}
    yield from _matches(_KEYS, text, sorted(at for at in places if at >= 0))


def _matches(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """The matches that begin at one of the places, in their order, none in another one."""
    end = 0
    for at in places:
        found = pattern.match(text, at) if at >= end else None
        if found is not None:
            end = found.end()
            yield found


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _key_spans(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _keys(text))
    yield from _private_keys(text)
    for found in _URL_PASSWORD.finditer(text):
        if not _PLACEHOLDER.fullmatch(found[1]):
            yield found.span(1)
    for found in _named(text):
        if found[3] is None:
            if _is_literal(found[2], found[0]):
                yield found.span(2)
        elif sum(map(str.isdigit, found[3])) >= 3 <= sum(map(str.isalpha, found[3])):
            yield found.span(3)


def by_line(text: str) -> bool:
    """Whether each line of a text may be masked for itself. Private keys reach further, and a return after a backslash."""
    return "PRIVATE KEY" not in text and "\\\r" not in text


def mask(text: str) -> Masked:
    """Replace key-shaped literals, each character by `MARK`, so that lengths, line ends and thus all positions stay.

    Knows the prefixes of the usual providers, JSON web tokens, private key blocks, passwords in URLs, and literals that
    are given to a name such as `password`. Takes time in proportion to the text. Mask a whole document before cutting
    pieces from it: a piece may begin in the middle of a key.
    """
    pieces: list[str] = []
    done = count = 0
    for start, end in sorted(_key_spans(text)):
        first = max(start, done)
        if end <= first:
            continue
        hidden = _NOT_LINE_END.sub(MARK, text[first:end])
        count += hidden != text[first:end] and start >= done
        pieces += (text[done:first], hidden)
        done = end
    return Masked("".join((*pieces, text[done:])), count)


def redact(text: str, secrets: Collection[str]) -> str:
    """`text` for logs and messages: the values in `secrets` become `[redacted]`, key-shaped literals are masked.

    Values shorter than 4 characters are left alone; they would blot out ordinary words.
    """
    known = sorted({value for value in secrets if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)
    if known:
        text = re.compile("|".join(map(re.escape, known))).sub("[redacted]", text)
    return mask(text).text
