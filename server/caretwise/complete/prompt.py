"""From context to prompt, in the style that the profile names.

Everything that stays the same while somebody types comes first and the text up to the cursor comes last, so that the
model's host can reuse what it computed for the prompt before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caretwise.context.pack import Context
from caretwise.text.template import Template


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: chat `messages` as (role, text), or `prefix` and `suffix` for a model that fills in the middle."""

    style: str
    template: str
    messages: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    suffix: str = ""
    stops: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one text: for `--explain`, for estimates, for a cache key."""
        if self.messages:
            return "\n".join(f"== {role} ==\n{text}" for role, text in self.messages)
        return f"== prefix ==\n{self.prefix}\n== suffix ==\n{self.suffix}"


def prompt(context: Context, style: str, templates: Mapping[str, Template]) -> Prompt:
    """The prompt for a completion.

    Raises KeyError when the style has no template (profiles are checked against the templates when they are loaded).
    """
    if style == "fim":
        return _fim(context)
    template = templates[f"inline-{style}"]
    window = context.window
    values = {
        "language": context.language_title,
        "path": context.path,
        "context": _snippets(context),
        "head": f"The file begins:\n{window.head}…\n" if window.head else "",
        "suffix": window.suffix.strip("\n"),
        "edits": _edits(context),
        "prefix": window.prefix,
    }
    return Prompt(
        style, template.id, template.fill({name: values[name] for name in template.holes}), stops=template.stops
    )


def _fim(context: Context) -> Prompt:
    window = context.window
    comment = {"python": "#", "shellscript": "#", "ruby": "#", "yaml": "#"}.get(context.language_id, "//")
    known = "".join(
        f"{comment} {snippet.path}\n" + "".join(f"{comment} {line}\n" for line in snippet.text.splitlines())
        for snippet in context.snippets
    )
    return Prompt("fim", "fim@1", prefix=known + window.head + window.prefix, suffix=window.suffix)


def _snippets(context: Context) -> str:
    if not context.snippets:
        return ""
    parts = [f"<file path={snippet.path!r}>\n{snippet.text}\n</file>" for snippet in context.snippets]
    return "Related code:\n" + "\n".join(parts) + "\n"


def _edits(context: Context) -> str:
    if not context.edits:
        return ""
    return "Recent edits, oldest first:\n" + "\n".join(edit.as_diff() for edit in context.edits) + "\n"
