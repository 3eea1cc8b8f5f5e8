"""Sentences to the user. Without it users see "Here is the completed code:" above the code, or an explanation below."""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Drop, Place
from caretwise.complete.rules._brackets import scan
from caretwise.complete.rules._sentences import has_code, is_sentence, is_talk_line
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, is_markup, is_prose, line_after, line_before

_OPENING = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|ok|great|got it|here(?:'s|’s| is| are)|below is|the (?:completed|missing"
    r"|following|full|updated)|i(?:'ll|’ll| will|'ve|’ve| have)|let me|let's|to complete|this completes|based on|looking at"
    r"|you can|completed code|completion|answer|output)\b",
    re.IGNORECASE,
)
_ABOUT_CODE = re.compile(r"\b(?:code|complet\w*|continu\w*|missing|snippet|text after|rest of)\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"(?:i(?:'m|’m| am) (?:sorry|unable|not able)|i (?:can't|can’t|cannot|can not|don't|don’t|do not|apologi[sz]e)|sorry,"
    r"|as an ai|unfortunately,|it (?:seems|looks like|appears)|could you (?:please )?|please provide|without more context"
    r"|there is nothing|no completion)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:this|these|the|note|explanation|in this|here|let me know|you can|i |i'|changes|it |we |\*\*|## |- \*\*|hope|how it"
    r"|feel free|if you|key |where|now)",
    re.IGNORECASE,
)


_SENTENCE_LIKE = frozenset({"yaml", "toml", "dockerfile", "makefile", "json", "html", "css", "sql"})
"""Languages in which lines of code may end like sentences do (`COPY . .`, `Name:`)."""

_WORD = re.compile(r"\w+")
_WORD_AT_END = re.compile(r"\w+\Z")
_WORDS = 4
"""Words that make a line that ends with a stop a sentence for sure."""


@settled
def prose(draft: Draft, place: Place) -> Draft | Drop:
    """Take off sentences to the user above and below the code; drop an answer that is nothing else."""
    first, _, rest = draft.text.lstrip().partition("\n")
    refused = not is_prose(place.language) and _REFUSAL.match(first) and is_sentence(first)
    opening = _OPENING.match(first) and _is_opening(first, place)
    if (refused or opening) and _in_text(place):
        return draft
    told = all(map(_is_told, filter(str.strip, rest.split("\n"))))
    refused = refused and (told or not first.rstrip().endswith(":"))
    if refused or (opening and told) or _is_all_talk(draft.text, place):
        return Drop("the model answered with a sentence and no code")
    if opening:
        return Draft(rest.lstrip("\n"), draft.replaces)
    if is_prose(place.language):
        return draft
    code = _behind_paragraph(draft.text, place)
    if code:
        return Draft(code, draft.replaces)
    return Draft(_without_closing(draft.text, place), draft.replaces)


def _behind_paragraph(text: str, place: Place) -> str:
    """What stands behind a first paragraph that is talk, whatever its words, and a blank line; "" when there is no such."""
    lines = text.strip("\n").split("\n")
    blank = next((number for number, line in enumerate(lines) if not line.strip()), 0)
    if not blank or not all(map(is_talk_line, lines[:blank])) or _is_text_line(lines[0], place):
        return ""
    rest = "\n".join(lines[blank:]).lstrip("\n")
    first = next((line for line in lines[blank:] if line.strip()), "")
    if place.language.line_comment == "#" and lines[0].startswith("#"):
        # A heading of talk looks like a comment there: what follows has to be the cursor's line.
        before = line_before(place)
        return rest if before and first.startswith(before) else ""
    return rest


def _is_all_talk(text: str, place: Place) -> bool:
    """Whether nothing but sentences was written where code was to be, whatever their words."""
    if is_prose(place.language) or is_markup(place.language) or _is_text_line(text.lstrip(), place):
        return False
    if _ends_word(text, place):
        return False
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    whole = [line for line in lines if is_sentence(line) and line[-1] in ".:!" and len(line.split()) >= _WORDS]
    return bool(whole) and all(is_talk_line(line) and not line[0].islower() for line in lines)


def _ends_word(text: str, place: Place) -> bool:
    """Whether the text begins with the rest of the cursor's word, which the document has elsewhere."""
    begun, rest = _WORD_AT_END.search(line_before(place)[-100:]), _WORD.match(text)
    if begun is None or rest is None:
        return False
    known = place.prefix[-LOOK : -len(begun.group())] + " " + place.suffix[:LOOK]
    return begun.group() + rest.group() in _WORD.findall(known)


def _is_text_line(text: str, place: Place) -> bool:
    """Whether sentences are content at the cursor, or as good as content: a string, a comment, lines of data.

    A string on one line ends on it: by the answer, or by what follows the cursor.
    """
    comment = place.language.line_comment
    before = line_before(place)
    quote = scan(before, place.language).quote
    if len(quote) == 1 and quote not in text.partition("\n")[0] + line_after(place) and quote in "\"'":
        return False
    commented = bool(comment) and comment in before
    return place.language.id in _SENTENCE_LIKE or commented or bool(quote) or _in_text(place)


def _is_told(line: str) -> bool:
    """Whether a line below the talk is talk as well: a sentence or a point of a list, and no code such as `if x:`."""
    return is_sentence(line) and not line[0].islower()


def talks_so_far(answer: str, text: str, place: Place) -> bool:
    """Whether an answer that is still being written has begun with talk, and its text so far is talk still.

    `text` is what the rules have made of it. Thoughts look like that when their opening tag was part of the prompt.
    """
    if is_prose(place.language):
        return False
    first = answer.lstrip().partition("\n")[0].rstrip()
    talk = is_talk_line(first) and not first[:1].islower() and not _is_text_line(first, place)
    now = next((line.removeprefix(" ") for line in text.split("\n") if line.strip()), "")  # the blank may be a rule's
    return talk and (not now or _is_told(now) or is_talk_line(now))


def _in_text(place: Place) -> bool:
    """Whether the cursor stands in a string or comment of several lines, where sentences are content."""
    if is_prose(place.language):
        return False
    quote = scan(place.prefix[-LOOK:], place.language).quote
    if len(quote) < 2 or quote == "/*":
        return len(quote) > 1
    if place.language.id == "python" and not _opens(place.prefix, place.prefix.rfind(quote)):
        return False
    # The text above may have been cut in the middle of a string; all strings look like code then, and code like strings.
    above = [line for line in place.prefix[place.prefix.rfind(quote) + len(quote) :].split("\n")[:-1] if line.strip()]
    return sum(map(has_code, above)) * 2 <= len(above)


def _opens(prefix: str, at: int) -> bool:
    """Whether the three quotes at `at` begin a string: at the start of a block or a document, or behind code."""
    line = prefix[prefix.rfind("\n", 0, at) + 1 : at]
    if line.strip():
        return line.rstrip()[-1] in "=([{,+:rRfFbBuU" or has_code(line)
    above = prefix[:at].rstrip()
    return not above or above[-1] in ":([{,="


def _is_opening(line: str, place: Place) -> bool:
    line = line.rstrip()
    if is_prose(place.language):
        return line.endswith(":") and _ABOUT_CODE.search(line) is not None
    if not line.endswith((":", "!", ".", "…", ":**")) or has_code(line):
        return False
    return " " in line or line.endswith(("!", "."))


def _without_closing(text: str, place: Place) -> str:
    """The text without the explanation below it: paragraphs at the margin, from the first that begins like one on."""
    lines = text.split("\n")
    seen = bool(lines[0].strip())
    for index in range(1, len(lines)):
        line = lines[index]
        begins = seen and not lines[index - 1].strip() and _CLOSING.match(line) and is_sentence(line)
        if begins and _ends_in_sentences(lines[index : index + 40]):
            above = "\n".join(lines[:index])
            in_string = len(scan(above, place.language).quote) > 1 or _in_text(place)
            return text if in_string else above.rstrip("\n")
        seen = seen or bool(line.strip())
    return text


def _ends_in_sentences(lines: list[str]) -> bool:
    """Whether half of the lines at least are sentences (a list of points may hold some code)."""
    telling = [line for line in lines if line.strip()]
    sentences = sum(is_sentence(line.strip()) for line in telling)
    return sentences * 2 >= len(telling) and lines[0].rstrip()[-1:] in {".", ":", "!", ")", "*", "`"}
