"""Loopback model servers for tests: each speaks the wire of one kind of host, or breaks it in one way."""

from .answers import Answerer, ScriptedAnswers
from .double import HangUp, ModelDouble
from .exchange import Behaviour, Exchange, Received
from .pace import Pace, Stepped, Timed

__all__ = [
    "Answerer",
    "Behaviour",
    "Exchange",
    "HangUp",
    "ModelDouble",
    "Pace",
    "Received",
    "ScriptedAnswers",
    "Stepped",
    "Timed",
]
