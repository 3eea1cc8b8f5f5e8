"""A little of each fuzz target, everything that was ever found, and that the fuzzer finds what is there."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.fuzz import cases, target
from tests.fuzz.__main__ import Slice, main
from tests.fuzz.all_targets import TARGETS

SECONDS = 0.3
"""About how long each target runs here."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_little_of(name):
    one = TARGETS[name]
    most = max(8, min(60, int(SECONDS * 1000 / (one.cost + 4))))

    # Made small by the long form: here a failure is to be seen at once.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)

    @settings(max_examples=most, phases=phases, suppress_health_check=list(HealthCheck))
    @given(one.inputs)
    def check(value):
        one.run(value)

    check()


@pytest.mark.parametrize(("name", "value"), [pytest.param(*case[1:], id=case[0]) for case in cases.kept()])
def test_found_once(name, value):
    TARGETS[name].run(value)


def test_what_is_found_is_made_small_and_kept(tmp_path, monkeypatch):
    def check(value):
        assert "b" not in value

    found = Slice(target.Target("planted", st.text("ab"), check), 1, 5.0)
    found.run()
    assert found.broke is not None
    assert found.broke[0] == "b"
    monkeypatch.setattr(cases, "FOUND", tmp_path)
    cases.keep("planted", "a planted fault", "\ud800b")
    assert [case[1:] for case in cases.kept()] == [("planted", "\ud800b")]


def test_what_takes_too_long_is_a_fault(monkeypatch):
    monkeypatch.setattr(target, "SECONDS", 0.02)
    with pytest.raises(AssertionError, match="s of CPU"):
        target.Target("slow", st.none(), lambda _: sorted(range(3_000_000)).clear()).run(None)
    target.Target("fast", st.none(), lambda _: None).run(None)


def test_the_command_runs_a_target_for_its_time():
    done = CliRunner().invoke(main, ["--minutes", "0.005", "--seed", "7", "--only", "clean_frames"])
    assert done.exit_code == 0, done.output
    assert "seed 7" in done.output
    assert re.search(r"clean_frames +[1-9]", done.output), done.output
