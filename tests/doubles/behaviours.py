"""All behaviours by name, for `serve.py` and for tests that run through them."""

from __future__ import annotations

from typing import Any

from .answers import Answerer
from .chat_host import ChatHost
from .claude import ClaudeCompat
from .deepseek import DeepSeek
from .exchange import Behaviour
from .faults import FAULTS, fault
from .fim import Codestral, Fim
from .gemini import GeminiCompat
from .gpt import Gpt
from .llama import Llama
from .moonshot import Moonshot
from .ollama import Ollama
from .pace import Pace
from .recorded import RECORDINGS, Recorded
from .sglang import SGLang
from .vllm import Vllm

_HOSTS: dict[str, type[Moonshot | Vllm | Fim | ChatHost]] = {
    "moonshot": Moonshot,
    "vllm": Vllm,
    "sglang": SGLang,
    "openai": Gpt,
    "claude": ClaudeCompat,
    "gemini": GeminiCompat,
    "deepseek": DeepSeek,
    "llamacpp": Llama,
    "ollama": Ollama,
    "fim": Fim,
    "codestral": Codestral,
}
_RECORDED = {"recorded-vllm": "vllm-dsv3-kimi", "recorded-llama": "llama-server-smollm2"}

NAMES: tuple[str, ...] = (*_HOSTS, *_RECORDED, *FAULTS)
"""Every name that `behaviour` knows."""


def behaviour(
    name: str,
    *,
    answerer: Answerer | None = None,
    pace: Pace | None = None,
    model: str | None = None,
    key: str | None = None,
) -> Behaviour:
    """The behaviour called `name`; None leaves its default, and what a behaviour has no use for is not looked at.

    Raises KeyError for a name that is not in NAMES.
    """
    if name in FAULTS:
        return fault(name)
    if name in _RECORDED:
        return Recorded(RECORDINGS / _RECORDED[name], pace=pace)
    chosen: dict[str, Any] = {"answerer": answerer, "pace": pace, "model": model, "key": key}
    return _HOSTS[name](**{option: value for option, value in chosen.items() if value is not None})
