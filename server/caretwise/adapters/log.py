"""Logging to stderr, with keys taken out of every line."""

from __future__ import annotations

import logging
import os

from caretwise.context.privacy import redact

_KEY_NAMES = ("_API_KEY", "_TOKEN", "_SECRET")


class _Redacting(logging.Formatter):
    """Formats as usual, then removes key-shaped text and the values of the environment's keys."""

    def format(self, record: logging.LogRecord) -> str:
        values = [value for name, value in os.environ.items() if name.endswith(_KEY_NAMES) and len(value) >= 8]
        return redact(super().format(record), values)


def set_up(level: int) -> None:
    """Log to stderr from `level` on; libraries that would log code or prompts only from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("pygls", "openai", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
