"""The profiles of the first group and what their hosts are known to want: written from the facts, not from the profiles.

A `Case` says what a right request looks like from the host's side. `tests/profiles/walk.py` holds a profile to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.answers import Answerer
from tests.doubles.claude import ClaudeCompat
from tests.doubles.deepseek import DeepSeek
from tests.doubles.gemini import GeminiCompat
from tests.doubles.gpt import Gpt
from tests.doubles.llama import Llama
from tests.doubles.moonshot import Moonshot
from tests.doubles.ollama import Ollama
from tests.doubles.sglang import SGLang
from tests.doubles.vllm import Vllm

from caretwise.models.profile import Role

REASONING = "I look at the names that are in scope. " * 70
"""Thoughts that are longer than any suggestion's limit: 683 tokens of a double."""

UNSAID = "unsaid"
"""What the journal knows of thinking when there is nothing to be known: the host has no switch on this route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a host must have understood of a request in one role."""

    path: str
    thinking: bool = False
    told: bool | str = ""
    """What the journal says of thinking; "" for the same as `thinking`."""
    most: int = 192
    """The largest token limit; a suggestion is short."""
    least: int = 0
    """The smallest token limit: thoughts count against it."""
    sampling: Mapping[str, float] | None = None
    """Sampling values by name; None: any will do, {}: none may be sent."""
    holds: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the body that make a difference at the host, with their values."""
    stops: tuple[str, ...] = ()
    """Stop strings that end an answer where the prompt is laid out with the model's own control tokens."""
    shows: tuple[str, ...] = ("class Shape",)
    """What the prompt holds when the document imports `Shape` from another file of the project."""
    thoughts: int = 0
    """Tokens that it thinks all the same, where thinking cannot be off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One model at one host."""

    name: str
    endpoint: str
    model: str
    double: Callable[[Answerer], Any]
    key: str = ""
    """The key that the double wants; "" when it wants none."""
    key_env: str = ""
    style: str = ""
    addresses: tuple[str, ...] = ()
    """The host's documented addresses: each alone must tell which host it is. The first is the profile's own."""
    same: tuple[str, ...] = ()
    """Other base URLs that lead to the same routes."""
    inline: Want | None = None
    """None: such a model is refused for ghost text."""
    fix: Want
    cached: bool = True
    """Whether the host says how much of a prompt it had cached."""
    stops: tuple[Role, ...] = ()
    """The roles in which stop strings are sent; in the others none may be."""
    limit: int = 0
    """A token limit that the host refuses, for the ask that goes to the edge; 0: none."""
    control: tuple[str, ...] = ()
    """Strings that the model reads as orders: text that holds one is not sent."""
    without_key: bool = False
    """Whether the host also runs without any key."""

    def __str__(self) -> str:
        return self.name


BOTH = tuple(Role)
_CHAT = "/v1/chat/completions"
_OPEN = {"temperature": 0.6, "top_p": 0.95}
"""Kimi's model card: recommended without thinking."""
_THINKS = {"temperature": 1.0, "top_p": 0.95}
"""Kimi's model card: recommended with thinking."""


def _moonshot(model: str) -> Callable[[Answerer], Moonshot]:
    return lambda answers: Moonshot(answers, reasoning=REASONING, model=model, key="sk-right")


def _kimi(name: str, model: str, inline: Want | None) -> Case:
    return Case(
        name=name,
        endpoint="moonshot",
        model=model,
        double=_moonshot(model),
        key="sk-right",
        key_env="MOONSHOT_API_KEY",
        addresses=("https://api.moonshot.ai/v1", "https://api.moonshot.cn/v1"),
        inline=inline,
        fix=Want(path=_CHAT, thinking=True, most=65_536, least=16_384, sampling={}),
        stops=BOTH,
    )


def _gpt(model: str, *, inline: bool = True) -> Case:
    brief = {"verbosity": "low"}
    return Case(
        name=f"openai {model}",
        endpoint="openai",
        model=model,
        double=lambda answers: Gpt(answers, reasoning=REASONING, key="sk-right"),
        key="sk-right",
        key_env="OPENAI_API_KEY",
        addresses=("https://api.openai.com/v1",),
        inline=Want(path=_CHAT, sampling={}, holds=brief) if inline else None,
        fix=Want(path=_CHAT, thinking=True, most=65_536, least=8192, sampling={}, holds=brief),
    )


def _claude(model: str, inline: Want | None, *, thinks: bool = True) -> Case:
    return Case(
        name=f"anthropic {model}",
        endpoint="anthropic",
        model=model,
        double=lambda answers: ClaudeCompat(answers, reasoning=REASONING, key="sk-right"),
        key="sk-right",
        key_env="ANTHROPIC_API_KEY",
        addresses=("https://api.anthropic.com/v1",),
        inline=inline,
        fix=Want(path=_CHAT, thinking=thinks, told=thinks or UNSAID, most=65_536, least=8192, sampling={}),
        cached=False,
        stops=BOTH,
    )


def _gemini(model: str, inline: Want, sampling: Mapping[str, float] | None) -> Case:
    path = "/v1beta/openai/chat/completions"
    return Case(
        name=f"gemini {model}",
        endpoint="gemini",
        model=model,
        double=lambda answers: GeminiCompat(answers, reasoning=REASONING, key="sk-right"),
        key="sk-right",
        key_env="GEMINI_API_KEY",
        addresses=("https://generativelanguage.googleapis.com/v1beta/openai",),
        inline=inline,
        fix=Want(
            path=path,
            thinking=True,
            most=65_536,
            least=8192,
            sampling=sampling,
            holds={"reasoning_effort": "medium"},
        ),
        stops=BOTH,
    )


def _deepseek(name: str, inline: Want, style: str = "", limit: int = 0) -> Case:
    return Case(
        name=name,
        endpoint="deepseek",
        model="deepseek-v4-flash",
        style=style,
        double=lambda answers: DeepSeek(answers, reasoning=REASONING, key="sk-right"),
        key="sk-right",
        key_env="DEEPSEEK_API_KEY",
        addresses=("https://api.deepseek.com",),
        same=("https://api.deepseek.com/v1", "https://api.deepseek.com/beta"),
        inline=inline,
        fix=Want(path="/chat/completions", thinking=True, most=65_536, least=16_384),
        stops=BOTH if style else (Role.FIX,),
        limit=limit,
    )


def _hosted(
    name: str,
    endpoint: str,
    model: str,
    double: Callable[[Answerer], Any],
    inline: Want,
    fix: Want,
    control: tuple[str, ...] = (),
) -> Case:
    """A self-hosted server that wants a key, as one that others can reach should."""
    return Case(
        name=name,
        endpoint=endpoint,
        model=model,
        double=double,
        key="sk-right",
        key_env=f"{endpoint.upper()}_API_KEY",
        inline=inline,
        fix=fix,
        stops=BOTH,
        control=control,
        without_key=True,
    )


_QWEN = tuple(
    f"<|{name}|>"
    for name in [
        "fim_prefix",
        "fim_suffix",
        "fim_middle",
        "fim_pad",
        "repo_name",
        "file_sep",
        "endoftext",
        "im_start",
        "im_end",
    ]
)
"""Control tokens of Qwen's coder models."""

_QWEN_STOPS = ("<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|im_end|>")
"""Those of them that end an answer most often; vLLM takes no more."""

_LOCAL: dict[str, Any] = {"told": UNSAID, "most": 65_536, "least": 2048}

KIMI = (
    _kimi("moonshot kimi-k2.6", "kimi-k2.6", Want(path=_CHAT, sampling={})),
    _kimi("moonshot kimi-k2.7", "kimi-k2.7-code", None),
    _kimi("moonshot kimi-k3", "kimi-k3", None),
    *(
        _hosted(
            f"{name} Kimi-K2.6",
            name,
            "moonshotai/Kimi-K2.6",
            lambda answers, host=host: host(answers, reasoning=REASONING, key="sk-right"),
            Want(path=_CHAT, sampling=_OPEN),
            Want(path=_CHAT, thinking=True, most=65_536, least=16_384, sampling=_THINKS),
        )
        for name, host in (("vllm", Vllm), ("sglang", SGLang))
    ),
)
GPT = (_gpt("gpt-5.5"), _gpt("gpt-5.6-luna"), _gpt("gpt-6-luna"), _gpt("gpt-6.1-sol", inline=False))
CLAUDE = (
    _claude("claude-haiku-5-5", Want(path=_CHAT, sampling={}, most=256)),
    _claude("claude-opus-5-5", None),
    _claude("claude-fable-5-1", None),
    _claude("claude-haiku-4-5", Want(path=_CHAT, told=UNSAID), thinks=False),
)
_GEMINI = "/v1beta/openai/chat/completions"
GEMINI = (
    _gemini("gemini-2.5-flash", Want(path=_GEMINI, sampling={"temperature": 0.1}), {"temperature": 0.2}),
    _gemini("gemini-3.6-flash", Want(path=_GEMINI, sampling={}, thinking=True, most=256, least=200, thoughts=80), {}),
    _gemini("gemini-3.8-flash", Want(path=_GEMINI, sampling={}, thinking=True, most=512, least=256, thoughts=80), {}),
)
DEEPSEEK = (
    _deepseek(
        "deepseek fim", Want(path="/beta/completions", told=UNSAID, sampling={"temperature": 0.1}), limit=100_000
    ),
    _deepseek("deepseek chat", Want(path="/chat/completions"), style="snippet"),
)
LOCAL = (
    Case(
        name="llamacpp infill",
        endpoint="llamacpp",
        model="qwen2.5-coder-7b",
        double=lambda answers: Llama(answers, reasoning=REASONING, key="sk-right"),
        key="sk-right",
        key_env="LLAMA_API_KEY",
        addresses=("http://localhost:9931/v1", "http://127.0.0.1:9931/v1"),
        same=("http://localhost:9931",),
        inline=Want(path="/infill", told=UNSAID, holds={"t_max_predict_ms": 1000}, sampling={"temperature": 0.1}),
        fix=Want(path=_CHAT, sampling={"temperature": 0.2}, **_LOCAL),
        stops=(Role.FIX,),
        without_key=True,
    ),
    Case(
        # A converted Kimi: without control tokens `/infill` is refused (501), so that it is asked in words.
        name="llamacpp kimi-k2.6",
        endpoint="llamacpp",
        model="kimi-k2.6",
        double=lambda answers: Llama(answers, reasoning=REASONING, infill=False, key="sk-right"),
        key="sk-right",
        key_env="LLAMA_API_KEY",
        addresses=("http://localhost:9931/v1", "http://127.0.0.1:9931/v1"),
        inline=Want(path=_CHAT, told=UNSAID, sampling=_OPEN),
        fix=Want(path=_CHAT, sampling=_THINKS, **_LOCAL),
        stops=BOTH,
        without_key=True,
    ),
    Case(
        name="ollama insert",
        endpoint="ollama",
        model="qwen2.5-coder:7b",
        double=lambda answers: Ollama(answers, reasoning=REASONING, null_reason=True),
        addresses=("http://localhost:11434/v1", "http://127.0.0.1:11434/v1"),
        inline=Want(path="/v1/completions", told=UNSAID, sampling={"temperature": 0.1}),
        fix=Want(path=_CHAT, sampling={"temperature": 0.2}, **_LOCAL),
        cached=False,
        stops=(Role.FIX,),
    ),
    Case(
        name="ollama thinking model",
        endpoint="ollama",
        model="qwen3:8b",
        style="snippet",
        double=lambda answers: Ollama(answers, reasoning=REASONING, null_reason=True),
        addresses=("http://localhost:11434/v1", "http://127.0.0.1:11434/v1"),
        inline=Want(path=_CHAT, told=UNSAID, sampling={"temperature": 0.1}),
        fix=Want(path=_CHAT, sampling={"temperature": 0.2}, **_LOCAL),
        cached=False,
        stops=BOTH,
    ),
    *(
        Case(
            # Whoever has the memory can import it under its own name.
            name=f"ollama {model}",
            endpoint="ollama",
            model=model,
            double=lambda answers: Ollama(answers, reasoning=REASONING, null_reason=True),
            addresses=("http://localhost:11434/v1",),
            inline=inline,
            fix=Want(path=_CHAT, sampling=sampling, **_LOCAL),
            cached=False,
            stops=BOTH,
        )
        for model, inline, sampling in (
            ("kimi-k2.6", Want(path=_CHAT, told=UNSAID, sampling=_OPEN), _THINKS),
            # Without a recommendation for it: still not Ollama's own 1.0.
            ("kimi-k2.7-code", None, {"temperature": 0.1}),
        )
    ),
    *(
        _hosted(
            f"{name} Qwen2.5-Coder",
            name,
            "Qwen/Qwen2.5-Coder-7B",
            lambda answers, host=host: host(answers, reasoning="", model="Qwen/Qwen2.5-Coder-7B", key="sk-right"),
            Want(
                path="/v1/completions",
                told=UNSAID,
                sampling={"temperature": 0.1},
                shows=("<|repo_name|>", "<|file_sep|>shapes.py\n", "class Shape", "<|file_sep|>c.py\n"),
                holds={"skip_special_tokens": False},
                stops=_QWEN_STOPS,
            ),
            Want(path=_CHAT, sampling={"temperature": 0.2}, **_LOCAL),
            _QWEN,
        )
        for name, host in (("vllm", Vllm), ("sglang", SGLang))
    ),
)

CASES: tuple[Case, ...] = (*KIMI, *GPT, *CLAUDE, *GEMINI, *DEEPSEEK, *LOCAL)
"""Every profile of the first group."""
