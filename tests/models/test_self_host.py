"""`models --self-host`: the figures have sources, and memory is reckoned against what the user has."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from caretwise.adapters.resources import catalog, preset, preset_names
from caretwise.cli.models_command import command
from caretwise.cli.self_host import NAMES
from caretwise.models.self_host import Memory, fits, memory_of, read

CARDS = preset("presets", "gpus")["gigabytes"]
KIMI = read(preset("self_host", "kimi-k2.6"))


def tables(value: object):
    """Every table in a data file that holds figures of its own."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from tables(one)
    elif isinstance(value, list):
        for one in value:
            yield from tables(one)


@pytest.mark.parametrize(("folder", "name"), [(f, n) for f in ("self_host", "presets") for n in preset_names(f)])
def test_every_figure_has_a_source_and_a_date(folder, name):
    data = preset(folder, name)
    shared = {"gigabytes"} if name == "gpus" else {"choices"} if name == "first_run" else set()
    for table in tables({key: value for key, value in data.items() if key not in shared}):
        if folder == "self_host" or table is data:
            assert table["source"], table
            assert dt.date.fromisoformat(table["checked_on"]) <= dt.date(2100, 1, 1)
    assert data["source"]
    assert dt.date.fromisoformat(data["checked_on"])


@pytest.mark.parametrize(
    ("gpus", "vram", "ram", "wanted"),
    [
        ("8xH200", 0, 0, Memory(8 * 141, 0, 8)),
        ("8 x h200", 0, 64, Memory(8 * 141, 64, 8)),
        ("2xRTX 4090, L4", 0, 0, Memory(2 * 24 + 24, 0, 3, (2, 48))),
        ("3xL4, RTX4090, l4", 0, 0, Memory(5 * 24, 0, 5, (4, 96))),
        ("NVIDIA H100", 0, 0, Memory(80, 0, 1)),
        ("", 1128, 10, Memory(1128, 10, 0)),
        ("", 0, 0, Memory()),
    ],
)
def test_what_the_user_names(gpus, vram, ram, wanted):
    assert memory_of(gpus, vram, ram, CARDS) == wanted


@pytest.mark.parametrize(("gpus", "vram"), [("8xH999", 0), ("H200x8", 0), ("8x", 0), ("8xH200", 10), ("8×8×H200", 0)])
def test_what_is_not_understood_is_said(gpus, vram):
    assert isinstance(memory_of(gpus, vram, 0, CARDS), str)


def test_kimi_fits_into_eight_h200_as_its_guide_says_and_not_into_eight_h100():
    by = {(fit.server.name, fit.quantisation.gigabytes): fit.fits for fit in fits(KIMI, Memory(8 * 141, 0, 8))}
    assert by["vLLM", 610] is True
    assert by["SGLang", 610] is True
    by = {(fit.server.name, fit.quantisation.gigabytes): fit.fits for fit in fits(KIMI, Memory(8 * 80, 0, 8))}
    assert by["vLLM", 610] is False, "610 of 640 GB leave nothing of the 92% that vLLM takes"


@pytest.mark.parametrize(
    ("gpus", "cards", "kimi"),
    [("6xB200", 4, True), ("3xMI325X", 2, False), ("8xH200, 1xL4", 8, True), ("9xA100", 8, False), ("H100", 1, False)],
)
def test_a_model_is_spread_over_cards_that_are_alike_and_a_power_of_two(gpus, cards, kimi):
    done = CliRunner().invoke(command, ["--self-host", "kimi-k2.6", "--gpus", gpus, "--json"])
    found = json.loads(done.output)
    commands = {one["name"]: one["command"] for one in found["servers"]}
    assert f" -tp {cards} " in commands["vLLM"]
    assert f" --tp {cards} " in commands["SGLang"]
    assert {one["fits"] for one in found["fits"] if one["server"] == "vLLM"} == {kimi}
    page = CliRunner().invoke(command, ["--self-host", "kimi-k2.6", "--gpus", gpus]).output
    assert (f"{cards} of your" in page) == (gpus != "H100")
    assert "e+" not in page


@pytest.mark.parametrize(
    ("options", "file", "experts_apart"),
    [
        ([], "UD-Q2_K_XL", True),
        (["--ram", "384"], "UD-Q2_K_XL", True),
        (["--ram", "64"], "UD-Q2_K_XL", True),  # nothing fits: the smallest
        (["--gpus", "RTX4090", "--ram", "768"], "UD-Q8_K_XL", True),
        (["--gpus", "8xH200"], "UD-Q8_K_XL", False),
    ],
)
def test_llama_cpp_is_given_the_largest_file_that_fits(options, file, experts_apart):
    page = CliRunner().invoke(command, ["--self-host", "kimi-k2.6", *options]).output
    assert f"Kimi-K2.6-GGUF:{file} " in page
    assert ("--cpu-moe -ngl" in page) == ("--cpu-moe: experts" in page) == experts_apart


def test_main_memory_counts_for_llama_cpp_alone():
    by = {(fit.server.name, fit.quantisation.gigabytes): fit.fits for fit in fits(KIMI, Memory(24, 384, 1))}
    assert by["llama.cpp", 340] is True
    assert by["llama.cpp", 584] is False
    assert by["vLLM", 610] is False
    assert {fit.fits for fit in fits(KIMI, Memory())} == {None}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_commands_for_endpoints_and_their_flags(name):
    done = CliRunner().invoke(command, ["--self-host", name])
    assert done.exit_code == 0, done.output
    assert "Name yours to see what fits" in done.output
    assert "What to expect" in done.output


def test_the_commands_for_kimi_hold_the_flags_that_are_relied_on():
    out = CliRunner().invoke(command, ["--self-host", "kimi-k2.6", "--gpus", "16xH100"]).output
    assert "-tp 16 " in out
    for flag in ("--reasoning-parser kimi_k2", "--enable-prompt-tokens-details", "--enable-cache-report", "--jinja"):
        assert flag in out
    assert "fits" in out
    assert "too big" not in out


def test_the_configuration_that_is_shown_names_endpoints_that_exist():
    named = {
        line.partition('"')[2].rstrip('"')
        for name in NAMES
        for server in read(preset("self_host", name)).servers
        for line in server.config
        if line.startswith("endpoint")
    }
    assert named
    assert named <= set(catalog().endpoints)


def test_json_and_wrong_use():
    done = CliRunner().invoke(command, ["--self-host", "kimi-k2.6", "--vram", "100", "--ram", "300", "--json"])
    found = json.loads(done.output)
    assert found["schema"] == 1
    assert {one["fits"] for one in found["fits"]} == {True, False}
    assert CliRunner().invoke(command, ["--gpus", "8xH200"]).exit_code == 2
    assert CliRunner().invoke(command, ["--self-host", "kimi-k2.6", "--gpus", "nothing"]).exit_code == 2
