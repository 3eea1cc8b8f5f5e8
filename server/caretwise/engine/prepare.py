"""From a place in a document to a request: window, context, prompt, body, cache key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from caretwise.adapters.cache import cache_key
from caretwise.adapters.ports import Exchange
from caretwise.complete.draft import Place
from caretwise.complete.length import Length
from caretwise.complete.prompt import Prompt, prompt
from caretwise.context.edits import RecentEdit
from caretwise.context.pack import Context, pack
from caretwise.context.privacy import mask
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet
from caretwise.context.window import Window, window
from caretwise.engine.facts import facts_of
from caretwise.engine.offer import Ask, Facts
from caretwise.measure.event import Origin
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask as ModelAsk
from caretwise.models.request import Request, build
from caretwise.syntax.grammar import Parsed
from caretwise.text.indent import unit
from caretwise.text.snapshot import Snapshot, split_lines
from caretwise.text.template import Template

_MARGIN = 6000
"""Characters beyond the window that are looked at for secrets: an RSA key of 4,096 bits in PEM form has 3,300."""

_HEAD_LINES = 200
"""Lines at the file's start that may be shown as its head."""

_LINES_BEFORE, _LINES_AFTER = 120, 60
"""Lines around the cursor that the rules look at."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to go, and what will be needed to read its answer.

    `place` is the place as the model saw it: with secrets masked.
    """

    place: Place
    prompt: Prompt
    request: Request
    key: str
    context: Context

    def facts(self, exchange: Exchange | None = None, *, origin: Origin = "network", model_answered: str = "") -> Facts:
        """What the journal may know of this request and of what came back."""
        return facts_of(
            self.request,
            style=self.prompt.style,
            template=self.prompt.template,
            exchange=exchange,
            origin=origin,
            model_answered=model_answered,
        )


def place_of(ask: Ask, *, multiline: bool) -> Place:
    """What the rules may know of the place, from the text as it is in `ask`."""
    snapshot, at = ask.snapshot, ask.position
    first, last = max(0, at.line - _LINES_BEFORE), at.line + 1 + _LINES_AFTER
    prefix = "".join(snapshot.lines[first : at.line]) + snapshot.before(at)
    suffix = snapshot.lines[at.line][at.character :] + "".join(snapshot.lines[at.line + 1 : last])
    return Place(
        prefix=_plain_ends(prefix),
        suffix=_plain_ends(suffix),
        language=ask.language,
        multiline=multiline,
        indent_unit=unit(snapshot.lines, ask.language.indent),
        line_end=snapshot.line_end,
    )


def prepare(
    ask: Ask,
    profile: Profile,
    length: Length,
    parsed: Parsed | None,
    snippets: Sequence[Snippet],
    edits: Sequence[RecentEdit],
    templates: Mapping[str, Template],
    *,
    context_tokens: int,
    related_tokens: int,
) -> Prepared:
    """The request for a completion at a place."""
    masked = replace(
        ask, snapshot=masked_around(ask.snapshot, ask.position.line, context_tokens * CHARACTERS_PER_TOKEN)
    )
    cut = window(masked.snapshot, ask.position, budget=context_tokens, parsed=parsed)
    bare = Context(ask.path, ask.language.id, ask.language.title, _with_plain_ends(cut))
    context = pack(bare, snippets, [_masked_edit(edit) for edit in edits], budget=related_tokens)
    made = prompt(context, profile.style_for(Role.INLINE), templates)
    wanted = ModelAsk(
        Role.INLINE,
        messages=made.messages,
        prefix=made.prefix,
        suffix=made.suffix,
        stops=made.stops,
        max_tokens=length.max_tokens,
    )
    request = build(profile, wanted)
    place = place_of(masked, multiline=length.multiline)
    return Prepared(place, made, request, key_of_request(request, made.template), context)


def key_of_request(request: Request, template: str) -> str:
    """The cache key: everything that shaped the answer (where it was asked, how, with which words)."""
    profile = request.profile
    return cache_key(
        address=profile.base_url + request.path,
        endpoint=profile.endpoint.name,
        model=profile.model,
        template=template,
        body=json.dumps(request.body, sort_keys=True),
    )


def masked_around(snapshot: Snapshot, line: int, characters: int) -> Snapshot:
    """The snapshot with secrets masked wherever a window of so many characters around `line` may reach, and in its head.

    More than the window is looked at, because a private key in its middle shows neither its first nor its last line.
    Masking keeps the length of every line, so positions hold for both texts.
    """
    lines = list(snapshot.lines)
    first, last = _reach(lines, line, characters + _MARGIN)
    spans = [(first, last)] if first == 0 else [(0, min(first, _HEAD_LINES)), (first, last)]
    for start, end in spans:
        lines[start:end] = split_lines(mask("".join(lines[start:end])).text)[: end - start]
    return Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, tuple(lines))


def _reach(lines: Sequence[str], line: int, characters: int) -> tuple[int, int]:
    """The lines, first and one past the last, within so many characters of `line` on either side."""
    first, left = line, characters
    while first > 0 and left > 0:
        first -= 1
        left -= len(lines[first])
    last, left = line + 1, characters
    while last < len(lines) and left > 0:
        left -= len(lines[last])
        last += 1
    return first, last


def _with_plain_ends(cut: Window) -> Window:
    return Window(_plain_ends(cut.head), _plain_ends(cut.prefix), _plain_ends(cut.suffix), cut.first_line)


def _masked_edit(edit: RecentEdit) -> RecentEdit:
    return replace(edit, before=_masked_lines(edit.before), after=_masked_lines(edit.after))


def _masked_lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(mask("\n".join(lines)).text.split("\n")) if lines else ()


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
