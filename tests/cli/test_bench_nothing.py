"""What `bench completion` says where there is nothing to ask for."""

import pytest
from click.testing import CliRunner

from caretwise.cli import main


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "holds no case"), (b"\xff\xfe\x00", "is no text in UTF-8"), (b"{}\nno json\n", "line ")],
)
def test_a_data_set_without_cases(tmp_path, monkeypatch, content, words):
    for name in ("CONFIG", "CACHE_DIR", "STATE_DIR"):
        monkeypatch.setenv(f"CARETWISE_{name}", str(tmp_path / name.lower()))
    (tmp_path / "set.jsonl").write_bytes(content)
    done = CliRunner().invoke(main, ["bench", "completion", str(tmp_path / "set.jsonl"), "--arm", "embedded"])
    assert done.exit_code in {1, 2}
    assert words in done.stderr
    assert "codec" not in done.stderr
