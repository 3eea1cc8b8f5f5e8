"""From context to prompt, in the style that the profile names.

Everything that stays the same while somebody types comes first and the text up to the cursor comes last, so that the
model's host can reuse what it computed for the prompt before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caretwise.complete.steady import Shown
from caretwise.context.pack import Context
from caretwise.context.snippet import Snippet
from caretwise.models.layout import Extra, as_comments
from caretwise.text.template import Template

FIM_STYLES = frozenset({"fim", "raw_fim", "infill"})
"""Styles for models that fill in the middle: they need no template."""

_CLOSING = frozenset(")]}>\"'`;:,")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: chat `messages` as (role, text), or `prefix` and `suffix` for a model that fills in the middle."""

    style: str
    template: str
    messages: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    suffix: str = ""
    extras: tuple[Extra, ...] = ()
    """Text of other files, where the route takes it apart from the prefix (styles `raw_fim` and `infill`)."""
    comment: str = "#"
    """What begins a comment line in the document's language."""
    stops: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one text: for `--explain`, for estimates, for a cache key."""
        if self.messages:
            return "\n".join(f"== {role} ==\n{text}" for role, text in self.messages)
        others = "".join(f"== {extra.path} ==\n{extra.text}\n" for extra in self.extras)
        return f"{others}== prefix ==\n{self.prefix}\n== suffix ==\n{self.suffix}"


def prompt(shown: Shown, style: str, templates: Mapping[str, Template], *, suffix_first: bool = False) -> Prompt:
    """The prompt for a completion. `suffix_first`: the model's own layout puts the suffix before the prefix.

    Raises KeyError when the style has no template (profiles are checked against the templates when they are loaded).
    """
    if style in FIM_STYLES:
        return _fim(shown, style, suffix_first=suffix_first)
    template = templates[f"inline-{style}"]
    context, window = shown.context, shown.context.window
    values = {
        "language": context.language_title,
        "path": context.path,
        "context": _snippets("Related code:", context.snippets),
        "head": f"The file begins:\n{window.head}…\n" if window.head else "",
        "suffix": shown.below.strip("\n"),
        "edits": _edits(context),
        "more": _snippets("More related code:", shown.more),
        "prefix": window.prefix,
        "rest": _rest(shown.rest, style),
    }
    return Prompt(
        style, template.id, template.fill({name: values[name] for name in template.holes}), stops=template.stops
    )


def _rest(rest: str, style: str) -> str:
    """What follows the cursor on its line. It changes with each bracket that the editor closes, so it stands last."""
    if not rest.strip():
        return ""
    return rest if style == "hole" else f"\nAfter the cursor on its line stands already: {rest}"


def _fim(shown: Shown, style: str, *, suffix_first: bool) -> Prompt:
    context, window = shown.context, shown.context.window
    comment = {"python": "#", "shellscript": "#", "ruby": "#", "yaml": "#"}.get(context.language_id, "//")
    extras = tuple(Extra(snippet.path, snippet.text) for snippet in shown.snippets)
    prefix = window.head + window.prefix
    # A suffix that stands last costs nothing when it changes; only one that stands first is shown as it was. Brackets that
    # the editor closes are left out of that: they come and go, and the rules find them in the document.
    rest = "" if suffix_first and set(shown.rest.strip()) <= _CLOSING else shown.rest
    suffix = rest + shown.below if suffix_first else window.suffix
    if style == "fim":
        # Such a host takes two texts and no more.
        return Prompt(style, "fim@1", prefix=as_comments(extras, comment) + prefix, suffix=suffix)
    return Prompt(style, f"{style}@1", prefix=prefix, suffix=suffix, extras=extras, comment=comment)


def _snippets(title: str, snippets: Sequence[Snippet]) -> str:
    if not snippets:
        return ""
    parts = [f"<file path={snippet.path!r}>\n{snippet.text}\n</file>" for snippet in snippets]
    return f"{title}\n" + "\n".join(parts) + "\n"


def _edits(context: Context) -> str:
    if not context.edits:
        return ""
    return "Recent edits, oldest first:\n" + "\n".join(edit.as_diff() for edit in context.edits) + "\n"
