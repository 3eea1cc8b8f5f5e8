"""The copy of a project that holes are made in."""

from caretwise.adapters.project import Project
from caretwise.adapters.shadow import shadow, source_files

CODE = "".join(
    f"def compute_{n}(amount_{n}):\n    result_{n} = amount_{n} * {n}\n    return result_{n}\n\n" for n in range(9)
)


def test_copies_of_a_file_are_left_out_also_with_other_line_ends_and_a_few_lines_changed(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "b_crlf.py").write_bytes(CODE.replace("\n", "\r\n").encode())
    (tmp_path / "lib" / "vendored.py").write_text(
        "# a copy, do not edit\nimport os\n" + CODE.replace("    return", "  return")
    )
    (tmp_path / "other.py").write_text(CODE.replace("compute", "settle").replace("amount", "owed"))
    (tmp_path / "small.py").write_text("from a import compute_1\n")
    (tmp_path / "small_too.py").write_text("from a import compute_1\n")
    files = source_files(Project([tmp_path]))
    assert sorted(files) == ["a.py", "other.py", "small.py", "small_too.py"]


def test_the_copy_is_readable_by_the_user_alone_and_goes_away(tmp_path):
    with shadow({"lib/a.py": "a = 1\r\n"}) as folder:
        assert (folder / "lib" / "a.py").read_bytes() == b"a = 1\r\n"
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
