"""What a host says in the body of an error: how hosts word what they refuse. Nothing here repeats their words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, cast

ESSENTIAL = frozenset(
    {"model", "messages", "prompt", "suffix", "stream", "input_prefix", "input_suffix", "input_extra"}
    | {"max_tokens", "max_completion_tokens", "n_predict"}
    | {"thinking", "reasoning_effort", "reasoning", "chat_template_kwargs"}
)
"""Body fields without which it would be another request; also the token limit and the thinking switches, without which an
answer costs far more than the user expects."""

_QUOTA_TYPES = ("exceeded_current_quota", "insufficient_quota", "insufficient_balance", "billing")

_FIELD = re.compile(r"[a-z_]{2,40}")
_STATUS = re.compile(r"[45]\d\d")

_KEY_WORDS = re.compile(
    r"api[ _]?key (is )?(not valid|invalid|expired)|(invalid|incorrect) api[ _]?key|api_key_invalid"
)
"""How a host says in a 400 that it does not know the key (Gemini: "API key not valid. Please pass a valid API key.")."""

_MODEL_WORDS = re.compile(r"model_not_found|\bmodel\b.{0,120}?(\bnot exist\b|\bnot found\b)|not a valid model")
"""How a host says in a 400 that it does not know the model (DeepSeek: "Model Not Exist")."""


def is_quota(body: object) -> bool:
    """Whether the account is used up, by the type or the code of the error."""
    error = _error(body)
    kinds = f"{error.get('type', '')} {error.get('code', '')}".lower()
    return any(kind in kinds for kind in _QUOTA_TYPES)


def speaks_of_key(body: object) -> bool:
    """Whether a 400 is about the key."""
    return _KEY_WORDS.search(_said(body)) is not None


def speaks_of_model(body: object) -> bool:
    """Whether a 400 is about a model that the host does not know."""
    return _MODEL_WORDS.search(_said(body)) is not None


def status_in(body: object) -> int:
    """The HTTP status that an error within a stream names as its code; 0 for none."""
    code = _error(body).get("code")
    return code if isinstance(code, int) else int(code) if isinstance(code, str) and _STATUS.fullmatch(code) else 0


def too_long(body: object) -> bool:
    """Whether a 400 is about a prompt that the model cannot take whole."""
    error = _error(body)
    message, kind = str(error.get("message", "")).lower(), str(error.get("type", "")).lower()
    worded = "context" in message and ("length" in message or "size" in kind)
    coded = "context_length" in str(error.get("code", "")) or "exceed_context" in kind
    return worded or coded or "exceeded model token limit" in message


def refused_field(body: object, sent: Iterable[str], allowed: Collection[str]) -> str:
    """The field that the host names as the reason, when it did; `allowed` are the fields of its profile.

    Only a name that we know ourselves: any other would be the host's own words.
    """
    error = _error(body)
    names = [name for name in sent if _FIELD.fullmatch(name)] or sorted(allowed)
    name = error.get("param")
    named = name.partition(".")[0] if isinstance(name, str) else ""
    return named if named in names or named in allowed else _named_field(str(error.get("message", "")).lower(), names)


def _named_field(message: str, names: Iterable[str]) -> str:
    """The field that a message is about.

    What no request can do without is taken only from between quotation marks: "only 1 is allowed for this model" is not
    about `model`, "too long a prompt" not about `prompt`.
    """
    found = [name for name in names if re.search(rf"(?<![\w-]){name}(?![\w-])", message)]
    optional = (name for name in found if name not in ESSENTIAL)
    quoted = (name for name in found if re.search(rf"['\"`]{name}['\"`]", message))
    return next(optional, next(quoted, ""))


def _said(body: object) -> str:
    """What an error says in code and words, in lower case; cut, as whoever listens to it is a regular expression."""
    error = _error(body)
    return f"{error.get('code', '')} {error.get('message', '')}".lower()[:500]


def _error(body: object) -> dict[str, Any]:
    if isinstance(body, list) and body:
        return _error(cast("list[object]", body)[0])
    if not isinstance(body, dict):
        return {}
    data = cast("dict[str, Any]", body)
    inner = data.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else data
