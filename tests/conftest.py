"""Options of the whole test suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The suite starts hundreds of servers; each would compile the whole package anew where the environment forbids keeping it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long one example takes says more about the machine than about us; pytest's own timeout ends what hangs.
# Fifty examples a day: what is worth more has its own number, and `python -m tests.fuzz` goes on for minutes.
settings.register_profile("everyday", deadline=None, max_examples=50)
settings.load_profile("everyday")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the expected part of golden cases that came out differently",
    )
    parser.addoption(
        "--every-rule",
        action="store_true",
        help="tests/profiles: leave out every rule of every profile in turn, not one in four",
    )
