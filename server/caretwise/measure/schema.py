"""The one table of what an event may hold: every field, every kind, with its meaning, its bound and the form it came with.

The journal's columns, the export and the report's documentation are made from this table. A field or a kind that is not
in it cannot be stored, and a test fails for one that stands here without a sentence.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

SCHEMA = 2
"""Number of the event's form. It grows with new kinds and when a field changes its meaning; readers take 1 to this."""

Role = Literal["inline", "fix"]
Trigger = Literal["automatic", "invoked"]
Origin = Literal["", "network", "memory", "disk", "joined", "typed", "embedded", "fallback"]
Amount = Literal["", "full", "word", "line"]
Evidence = Literal["", "command", "notice", "timer", "text"]
Syntax = Literal[
    "", "blank_line", "line_end", "line_middle", "member", "argument", "import", "declaration", "comment", "string"
]
Disturbed = Literal["", "undo", "replaced", "many_files", "closed"]

CHECKPOINTS = (30, 120, 300, 600)
"""Seconds after an acceptance at which it is looked how much of it is still there (after Ziegler et al. 2022)."""


UNDONE_SECONDS = 300
"""A fix counts as undone when its old lines are back within this time."""


class Kind(enum.StrEnum):
    """What happened. `KINDS` says it in a sentence each."""

    OPPORTUNITY = "opportunity"
    SUPPRESSED = "suppressed"
    ASKED = "asked"
    RETURNED = "returned"
    EMPTY = "empty"
    FAILED = "failed"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    TYPED_THROUGH = "typed_through"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"
    RETAINED = "retained"
    EDITED = "edited"
    UNDONE = "undone"
    FIX_OFFERED = "fix_offered"
    FIX_VERIFIED = "fix_verified"
    FIX_APPLIED = "fix_applied"
    FIX_GONE = "fix_gone"
    FIX_UNDONE = "fix_undone"
    FIX_WITHHELD = "fix_withheld"


KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.OPPORTUNITY: "The editor asked for ghost text at a place where some may be shown; role fix: the user asked "
        "for a fix, by picking the action or running the command, in a file that may be sent.",
        Kind.SUPPRESSED: "We stayed silent without asking anybody, for `reason`.",
        Kind.ASKED: "A model was sent a request.",
        Kind.RETURNED: "An answer came back and was read; times, tokens and cost are the request's.",
        Kind.EMPTY: "An answer came to nothing that could be shown, for `reason`.",
        Kind.FAILED: "A request failed, for `reason`.",
        Kind.SHOWN: "The suggestion was drawn: by the editor's word, or offered and left standing for 750 ms.",
        Kind.ACCEPTED: "The editor inserted the suggestion or its beginning. One event for each step and each `evidence`.",
        Kind.TYPED_THROUGH: "The user typed the suggestion's beginning by hand; written once, when the suggestion ends.",
        Kind.DISMISSED: "The user sent the suggestion away.",
        Kind.SUPERSEDED: "The suggestion gave way to other text, another suggestion or a closed document, not accepted.",
        Kind.RETAINED: "So much of the accepted text is still there `after_s` seconds after it was first accepted; role fix: "
        "of what an applied fix put in.",
        Kind.EDITED: "Accepted, then edited by the user within 30 s and kept: at least half of its tokens are there.",
        Kind.UNDONE: "The accepted text was taken out again by an undo, or by deleting all of it, within 600 s.",
        Kind.FIX_OFFERED: "A fix was sent to the editor, or shown as a diff.",
        Kind.FIX_VERIFIED: "A fix passed a checker before it was offered.",
        Kind.FIX_APPLIED: "The editor applied a fix.",
        Kind.FIX_GONE: "After a fix was applied, the problem that it was made for was gone.",
        Kind.FIX_UNDONE: "An applied fix was taken out again.",
        Kind.FIX_WITHHELD: "A fix was made and not offered, for `reason`.",
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event. `bound`: longest text in code points, 0 for what is no free text; `since`: its form's number."""

    name: str
    meaning: str
    bound: int = 0
    since: int = 1
    choices: tuple[str, ...] = ()
    pattern: str = ""


def _some(field: str, choices: object, meaning: str, since: int = 1) -> Field:
    return Field(field, meaning, since=since, choices=get_args(choices))


_HASH = r"(?:[0-9a-f]{16})?"

TABLE: tuple[Field, ...] = (
    Field("at", "When it happened, in seconds since 1970-01-01 UTC."),
    Field("kind", "What happened; KINDS has a sentence on each kind."),
    Field(
        "suggestion",
        "A random identifier that ties the events of one suggestion together. All that comes of one request for a fix "
        "begins with the identifier of its opportunity and a hyphen.",
        bound=64,
        pattern=r"[A-Za-z0-9_-]{1,64}",
    ),
    _some("role", Role, "Which of the two roles asked: inline or fix."),
    Field("model", "The model's name as it is shown to the user; embedded for the embedded engine.", bound=120),
    Field("model_asked", "The model's name as it was sent to the endpoint.", bound=200),
    Field("model_answered", "The model's name as the endpoint gave it back.", bound=200),
    Field("endpoint", "Name of the endpoint profile.", bound=80),
    # A DNS name has at most 253 characters (RFC 1035, 2.3.4), then brackets, colon and port.
    Field(
        "host", "Host and port of the endpoint, without scheme, user or path.", bound=261, pattern=r"[^\s/@?#\\]{0,261}"
    ),
    Field("style", "The prompt's style, for example fim or hole.", bound=40),
    Field("template", "Name and version of the prompt template.", bound=80),
    Field("thinking", "Whether the model was asked to think first; empty when it was not said."),
    Field("arm", "The arm of the running experiment; empty outside an experiment.", bound=80),
    _some("trigger", Trigger, "automatic while typing, invoked when the user asked for it."),
    Field("language", "The document's LSP language identifier.", bound=40),
    _some(
        "origin",
        Origin,
        "Where the answer came from: network, memory, disk, joined, typed, embedded, or fallback "
        "(the embedded engine in place of a model in a failed state); else empty.",
    ),
    Field(
        "reason",
        "A short code of ours for why something was suppressed, empty, failed, withheld or superseded; for a fix that was "
        "offered or applied, how far it was verified.",
        bound=40,
        pattern=r"(?:[a-z0-9_]{1,40})?",
    ),
    _some("amount", Amount, "How much was accepted by now: full, word or line; empty for other events."),
    Field(
        "characters",
        "Length in code points; for accepted all that was inserted by now, for typed_through what was typed by hand, "
        "for retained what is still there; empty when it cannot be told.",
    ),
    Field("lines", "Length in lines, counted like characters."),
    Field("first_token_ms", "Milliseconds from asking to the first token."),
    Field("total_ms", "Milliseconds from asking to the end of the answer."),
    Field("prompt_tokens", "Tokens of the prompt as the endpoint reported them; empty when it did not."),
    Field("completion_tokens", "Tokens of the answer as the endpoint reported them; empty when it did not."),
    Field("cached_tokens", "Tokens of the prompt that the endpoint took from its cache; empty when it did not say."),
    Field(
        "document",
        "First 8 bytes, in hex, of a keyed hash of the document's address; the key stays on this machine.",
        bound=16,
        pattern=_HASH,
    ),
    Field(
        "cost_usd",
        "US dollars, from the reported tokens and the profile's price; empty when one of the two is not known.",
    ),
    Field(
        "user",
        "First 8 bytes, in hex, of a keyed hash that is the same for all events of this machine and names nobody.",
        bound=16,
        since=2,
        pattern=_HASH,
    ),
    Field(
        "block",
        "First 8 bytes, in hex, of a keyed hash of user, document and 10-minute block in which the suggestion was asked "
        "for: the unit in which arms are drawn.",
        bound=16,
        since=2,
        pattern=_HASH,
    ),
    Field(
        "experiment", "Name of the running experiment; empty outside one, and for embedded answers.", bound=80, since=2
    ),
    Field("propensity", "Probability with which this arm was drawn, 0 to 1; empty outside an experiment.", since=2),
    Field("editor", "The editor's name as it gives it, for example Neovim.", bound=40, since=2),
    _some(
        "syntax",
        Syntax,
        "Where the cursor stood: blank_line, line_end, line_middle, member (behind a dot), argument, import, "
        "declaration, comment or string.",
        since=2,
    ),
    _some(
        "evidence",
        Evidence,
        "How it is known: command (our accept command), notice (the editor's notification), timer (left standing "
        "750 ms), text (the document's changes alone).",
        since=2,
    ),
    Field(
        "wait_ms",
        "Milliseconds from the editor's request to asking the model: rest of typing, context, prompt.",
        since=2,
    ),
    Field("offer_ms", "Milliseconds from the editor's request, or the user's for a fix, to our answer.", since=2),
    Field("shown_ms", "Milliseconds from the editor's request to the suggestion's being on screen.", since=2),
    Field("visible_ms", "Milliseconds for which the suggestion has been on screen by now.", since=2),
    Field(
        "after_s", "For retained: seconds after the first acceptance, or a fix, one of 30, 120, 300 and 600.", since=2
    ),
    Field(
        "share",
        "For retained and edited: tokens of the accepted text that are still there, over all of them, 0 to 1.",
        since=2,
    ),
    _some(
        "disturbed",
        Disturbed,
        "What makes a retained figure doubtful: undo, replaced (the whole text was exchanged), many_files (several "
        "documents were, as by a branch switch), or closed (nobody can tell any more).",
        since=2,
    ),
)
"""Every field of an event, in the order of the record."""

FIELDS: Mapping[str, str] = MappingProxyType({field.name: field.meaning for field in TABLE})
"""The meaning of each field."""

BOUNDS: Mapping[str, int] = MappingProxyType({field.name: field.bound for field in TABLE if field.bound})
"""Longest text that each free text field may hold, in code points."""

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {field.name: field.choices for field in TABLE if field.choices}
)
"""The values that a field of choice may have."""

PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {field.name: re.compile(field.pattern) for field in TABLE if field.pattern}
)
"""What a text must match as a whole."""


def added(schema: int) -> tuple[str, ...]:
    """The names of the fields that came with a form of the event."""
    return tuple(field.name for field in TABLE if field.since == schema)
