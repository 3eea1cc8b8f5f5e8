"""The one setting that is read before all others."""

import pytest

from caretwise.adapters.config_file import completion_choice


@pytest.mark.parametrize(
    ("content", "chosen"),
    [
        ("", "auto"),
        ('completion = "on"', "on"),
        ("inline = \"kimi\"\r\ncompletion = 'off'\r\n", "off"),
        ('\ufeffcompletion = "off"', "off"),
        ("completion = true", "auto"),
        ('completion = "always"', "auto"),
        ('completion = ["on"]', "auto"),
        ('completion = "off', "auto"),
        ('[models.completion]\nmodel = "on"', "auto"),
        ('# completion = "on"', "auto"),
        ("x = " + "[" * 5000 + "# completion", "auto"),
    ],
)
def test_what_is_chosen(tmp_path, content, chosen):
    path = tmp_path / "config.toml"
    path.write_text(content, encoding="utf-8", newline="")
    assert completion_choice({"CARETWISE_CONFIG": str(path)}) == chosen


def test_what_cannot_be_read_chooses_nothing(tmp_path):
    (tmp_path / "bytes").write_bytes(b'completion = "on" # \xff')
    for name in ("absent", "bytes", "."):
        assert completion_choice({"CARETWISE_CONFIG": str(tmp_path / name)}) == "auto"
