"""From a place in a document to a request: window, context, prompt, body, cache key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from caretwise.adapters.cache import cache_key
from caretwise.adapters.ports import Exchange
from caretwise.complete.draft import Place
from caretwise.complete.length import Length
from caretwise.complete.prompt import Prompt, prompt
from caretwise.complete.steady import Shown, shown
from caretwise.context.edits import RecentEdit
from caretwise.context.masking import masked_around
from caretwise.context.pack import Context, pack
from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet
from caretwise.context.window import Window, window
from caretwise.engine.facts import facts_of
from caretwise.engine.offer import Ask, Facts
from caretwise.measure.arm import Assignment
from caretwise.measure.event import Origin
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask as ModelAsk
from caretwise.models.request import Request, build
from caretwise.models.route import RAW_FIM, Route
from caretwise.syntax.grammar import Parsed
from caretwise.text.indent import unit
from caretwise.text.snapshot import Snapshot
from caretwise.text.template import Template

_LINES_BEFORE, _LINES_AFTER = 120, 60
"""Lines around the cursor that the rules look at."""

_HEAD, _HEAD_WITHIN = 4, 20
"""Lines by which an answer that begins with the document's beginning is known, and lines among which they are looked for."""

_UNIT_LINES = 500
"""Lines, from the top, that tell a document's step of indentation."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to go, and what will be needed to read its answer.

    `place` is the place as the model saw it: with secrets masked.
    """

    place: Place
    prompt: Prompt
    request: Request
    key: str
    shown: Shown
    length: Length

    @property
    def context(self) -> Context:
        """What the prompt was made from."""
        return self.shown.context

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
        indent_unit=_unit(snapshot.lines[:_UNIT_LINES], ask.language.indent),
        line_end=snapshot.line_end,
        head=_head(snapshot, first),
    )


def _head(snapshot: Snapshot, first: int) -> tuple[str, ...]:
    """The first lines that are not blank, where a place's prefix begins further down, at line `first`."""
    if not first:
        return ()
    return tuple([line.rstrip() for line in snapshot.lines[:_HEAD_WITHIN] if line.strip()][:_HEAD])


_last_unit: tuple[Sequence[str], str, str] = ((), "", "")


def _unit(lines: Sequence[str], default: str) -> str:
    """The step of indentation; found anew (3 ms) only when the document's first lines are others than the last time."""
    global _last_unit  # noqa: PLW0603 (a memory of one value: the document that is typed in)
    if _last_unit[0] != lines or _last_unit[1] != default:
        _last_unit = (lines, default, unit(lines, default))
    return _last_unit[2]


@dataclass(frozen=True, slots=True)
class Framed:
    """What is known of a request before the index has said what of other files belongs to it.

    `place` is the place as the model sees it, with secrets masked; `window` what stands around it.
    """

    place: Place
    window: Context
    length: Length


def frame(ask: Ask, profile: Profile, length: Length, parsed: Parsed | None, *, context_tokens: int) -> Framed:
    """What a request shows of the document itself."""
    context_tokens = min(context_tokens, profile.route(Role.INLINE).window_tokens or context_tokens)
    masked = replace(
        ask, snapshot=masked_around(ask.snapshot, ask.position.line, context_tokens * CHARACTERS_PER_TOKEN)
    )
    cut = window(masked.snapshot, ask.position, budget=context_tokens, parsed=parsed)
    bare = Context(ask.path, ask.language.id, ask.language.title, _with_plain_ends(cut))
    return Framed(place_of(masked, multiline=length.multiline), bare, length)


def packed(
    framed: Framed, profile: Profile, snippets: Sequence[Snippet], edits: Sequence[RecentEdit], *, budget: int
) -> Context:
    """The window with the best snippets and newest edits that `budget` tokens hold."""
    route = profile.route(Role.INLINE)
    return pack(framed.window, [one for one in snippets if _plain(one, profile, route)], edits, budget=budget)


def prepare(
    ask: Ask,
    profile: Profile,
    framed: Framed,
    context: Context,
    templates: Mapping[str, Template],
    *,
    related_tokens: int,
    before: Shown | None = None,
    allowed: Callable[[Snippet], bool] | None = None,
) -> Prepared:
    """The request for a completion at a place, out of what was `packed` for it.

    `before` is what the last prompt of this document showed: what of it still serves stays where it was. `allowed` says
    whether a snippet of it may still be shown.
    """
    route = profile.route(Role.INLINE)

    def fits(snippet: Snippet) -> bool:
        return _plain(snippet, profile, route) and (allowed is None or allowed(snippet))

    seen = shown(context, before, budget=related_tokens, allowed=fits)
    style = profile.style_for(Role.INLINE)
    layout = profile.family.layout
    made = prompt(seen, style, templates, suffix_first=style == RAW_FIM and layout is not None and layout.suffix_first)
    wanted = ModelAsk(
        Role.INLINE,
        messages=made.messages,
        prefix=made.prefix,
        suffix=made.suffix,
        extras=made.extras,
        path=context.path,
        comment=made.comment,
        stops=made.stops,
        max_tokens=framed.length.max_tokens,
    )
    request = build(profile, wanted)
    key = key_of_request(request, made.template, ask.assignment)
    return Prepared(framed.place, made, request, key, seen, framed.length)


def _plain(snippet: Snippet, profile: Profile, route: Route) -> bool:
    """Whether a snippet may stand beside control tokens. One that holds such a token is left out; the document's own text
    cannot be, and keeps the whole request from being sent.
    """
    layout = profile.family.layout if route.api == RAW_FIM else None
    return layout is None or not layout.control_token((snippet.path, snippet.text))


def key_of_request(request: Request, template: str, assignment: Assignment) -> str:
    """The cache key: everything that shaped the answer (where it was asked, how, with which words), and its arm."""
    profile = request.profile
    arm = {"arm": f"{assignment.experiment}|{assignment.arm}"} if assignment.arm else {}
    return cache_key(
        address=request.address,
        endpoint=profile.endpoint.name,
        model=profile.model,
        template=template,
        body=json.dumps(request.body, sort_keys=True),
        **arm,
    )


def _with_plain_ends(cut: Window) -> Window:
    return Window(_plain_ends(cut.head), _plain_ends(cut.prefix), _plain_ends(cut.suffix), cut.first_line)


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
