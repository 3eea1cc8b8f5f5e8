"""How a model that fills in the middle wants its prompt laid out, where we build it ourselves (style `raw_fim`).

The control tokens are the model's own. They are plain text on such a route, so a document that holds one would be read as
an order to the model: such a text is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HOLE = re.compile(r"\{(path|text|prefix|suffix)\}")


@dataclass(frozen=True, slots=True)
class Extra:
    """Text of another file that goes along; `path` is relative to the project."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A family's layout. `{prefix}`, `{suffix}`, `{path}` and `{text}` stand for what is filled in.

    `fim` is the frame around the cursor. `file` is one other file, `before` and `current` stand before the first of them and
    before the frame when there are any. Without `file`, other files go into the prefix as comments.
    """

    fim: str
    tokens: tuple[str, ...]
    """Control tokens: a text that holds one is refused."""
    stops: tuple[str, ...] = ()
    """What ends an answer, most important first: hosts take only a few."""
    file: str = ""
    before: str = ""
    current: str = ""
    files_in_prefix: bool = False
    """Whether other files stand inside the frame, where the prefix begins (for layouts with the suffix first)."""

    def render(self, prefix: str, suffix: str, extras: Sequence[Extra], *, path: str, comment: str) -> str:
        """The prompt. `comment` begins a comment line in the document's language."""
        if not extras or not self.file:
            return _fill(self.fim, prefix=as_comments(extras, comment) + prefix, suffix=suffix)
        files = "".join(_fill(self.file, path=extra.path, text=extra.text) for extra in extras)
        head, here = self.before + files, _fill(self.current, path=path)
        if self.files_in_prefix:
            return _fill(self.fim, prefix=head + here + prefix, suffix=suffix)
        return head + here + _fill(self.fim, prefix=prefix, suffix=suffix)

    @property
    def suffix_first(self) -> bool:
        """Whether the code behind the cursor stands before the code in front of it."""
        return self.fim.find("{suffix}") < self.fim.find("{prefix}")

    def control_token(self, texts: Sequence[str]) -> str:
        """The first control token that one of the texts holds; "" when none does."""
        return next((token for token in self.tokens if any(token in text for text in texts)), "")


def as_comments(extras: Sequence[Extra], mark: str) -> str:
    """Other files as comment lines, each file under its path."""
    return "".join(
        f"{mark} {extra.path}\n" + "".join(f"{mark} {line}\n" for line in extra.text.splitlines()) for extra in extras
    )


def _fill(template: str, **values: str) -> str:
    """What is filled in is not searched for holes again."""
    return _HOLE.sub(lambda hole: values[hole.group(1)], template)
