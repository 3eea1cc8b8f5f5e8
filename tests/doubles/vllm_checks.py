"""What vLLM refuses before it writes anything, in its words."""

from __future__ import annotations

from typing import Any

from .answers import CHARACTERS_PER_TOKEN, prompt_text, tokens_in

MAX_STOPS = 4


class RefusedError(Exception):
    """A request that is answered with `status` and `{"error": error}`."""

    def __init__(self, status: int, kind: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind, "param": param, "code": status}


def checked(body: Any, *, chat: bool, models: tuple[str, ...], context: int) -> list[str]:
    """The stop strings of `body`.

    Raises RefusedError for what vLLM does not accept; the form is checked before the model's name.
    """
    if not isinstance(body, dict):
        raise RefusedError(400, "Bad Request", "Input should be a valid dictionary", "body")
    stops = _stops(body.get("stop"))
    _check_limit(body)
    if chat:
        _check_messages(body)
    elif not isinstance(body.get("prompt"), str):
        raise RefusedError(400, "BadRequestError", "Either prompt or prompt_embeds must be provided", "prompt")
    if body.get("stream_options") and not body.get("stream"):
        message = "Stream options can only be defined when `stream=True`."
        raise RefusedError(400, "BadRequestError", message, "stream_options")
    model = body.get("model")
    if model and model not in models:
        message = f"The model `{model}` does not exist. Valid aliases: {', '.join(models)}."
        raise RefusedError(404, "NotFoundError", message, "model")
    if not chat and body.get("suffix"):
        message = "suffix is only supported for models with FIM completion rendering"
        raise RefusedError(400, "BadRequestError", message, "suffix")
    _check_length(prompt_text(body), context)
    return stops


def _stops(stop: Any) -> list[str]:
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(item, str) for item in stops):
        raise RefusedError(400, "Bad Request", "Input should be a valid string", "body.stop")
    if len(stops) > MAX_STOPS:
        shown = f"<list of {len(stops)} items>"
        limits = {"field_type": "List", "max_length": MAX_STOPS, "actual_length": len(stops)}
        wrong_type = {
            "type": "string_type",
            "loc": "body.stop",
            "msg": "Input should be a valid string",
            "input": shown,
        }
        told = f"List should have at most {MAX_STOPS} items after validation, not {len(stops)}"
        too_long = {"type": "too_long", "loc": "body.stop", "msg": told, "input": shown, "ctx": limits}
        message = f"2 validation errors:\n  {wrong_type}\n  {too_long}"
        raise RefusedError(400, "Bad Request", message, "body.stop")
    return stops


def _check_limit(body: dict[str, Any]) -> None:
    for name in ("max_completion_tokens", "max_tokens"):
        limit = body.get(name)
        if limit is not None and (not isinstance(limit, int) or limit < 1):
            message = f"max_tokens must be at least 1, got {limit}. (parameter=max_tokens, value={limit})"
            raise RefusedError(400, "BadRequestError", message, "max_tokens")


def _check_messages(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise RefusedError(400, "Bad Request", "Input should be a valid list of messages", "body.messages")
    if not isinstance(body.get("chat_template_kwargs") or {}, dict):
        raise RefusedError(400, "Bad Request", "Input should be a valid dictionary", "body.chat_template_kwargs")
    # A new turn is opened unless the request says otherwise, and one cannot both go on and open a new turn.
    if body.get("continue_final_message") and body.get("add_generation_prompt", True):
        message = "Cannot set both `continue_final_message` and `add_generation_prompt` to True."
        raise RefusedError(400, "BadRequestError", message)


def _check_length(prompt: str, context: int) -> None:
    if tokens_in(prompt) > context:
        most = context * CHARACTERS_PER_TOKEN
        message = (
            f"This model's maximum context length is {context} tokens. However, your prompt contains {len(prompt)} "
            f"characters (more than {most} characters, which is the upper bound for {context} input tokens). "
            f"Please reduce the length of the input prompt. (parameter=input_text, value={len(prompt)})"
        )
        raise RefusedError(400, "BadRequestError", message, "input_text")
