"""Control tokens of models. Without it users see `<|fim_middle|>` or `</s>` in their code.

They leak when a server does not know a model's stop tokens, or when a model writes on after its end.
"""

from __future__ import annotations

import re

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import LOOK, is_markup

# Token names are those of the models' own tokenizer files.
_TOKENS = re.compile(
    r"<\|(?:im_start|start|start_header_id)\|>(?:[a-z]{4,9}(?:<\|end_header_id\|>|(?=\n))\n*)?"
    r"|<start_of_turn>(?:model\n)?"
    r"|<\|(?!(?:user_)?cursor\|)[A-Za-z][\w▁]{1,30}\|>"
    r"|<(?:fim_(?:prefix|middle|suffix|pad)|file_sep|end_of_turn|eos|EOT|EOM|PRE|SUF|MID)>"
    r"|<\[(?:fim-(?:prefix|middle|suffix)|end▁of▁sentence)\]>"
    r"|<｜(?:fim▁(?:begin|hole|end)|end▁of▁sentence|begin▁of▁sentence|User|Assistant)｜>"
)
_START = re.compile(r"\s*(?:<s>|\[(?:PREFIX|SUFFIX|MIDDLE)\])")
_END = re.compile(r"(?:</s>|\[(?:PREFIX|SUFFIX|MIDDLE)\])\s*\Z")
_QUOTES = frozenset("\"'`")


@settled
def tokens(draft: Draft, place: Place) -> Draft:
    """Cut the answer at the first control token; one at its very start is taken off instead.

    A token that the document itself holds, or that stands in quotes, is code about models and stays.
    """
    text, start = draft.text, 0
    begun = None if is_markup(place.language) else _START.match(text)
    if begun and not _is_content(begun, place):
        start = begun.end()
    while match := _TOKENS.match(text, _skip_space(text, start)):
        if _is_content(match, place):
            break
        start = match.end()
    found = next((match for match in _TOKENS.finditer(text, start) if not _is_content(match, place)), None)
    text = text[start : found.start()] if found else text[start:]
    tail = text[-200:]
    end = None if is_markup(place.language) else _END.search(tail)
    if end and not _is_content(end, place):
        text = text[: len(text) - len(tail) + end.start()]
    return Draft(text, draft.replaces)


def _skip_space(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \n":
        start += 1
    return start


def _is_content(match: re.Match[str], place: Place) -> bool:
    before, after = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
    if before in _QUOTES and (before == after or after.isalnum()):
        return True
    token = match.group().strip()
    return token in place.prefix[-LOOK:] or token in place.suffix[:LOOK]
