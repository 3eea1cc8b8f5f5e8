"""The same test through every profile of the first group, against a double that refuses what its host refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.profiles.cases import CASES, Case
from tests.profiles.walk import walk

from caretwise.adapters.resources import catalog


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_profile_does_what_its_host_wants(case: Case, tmp_path: Path) -> None:
    assert await walk(case, catalog(), tmp_path) == ""
