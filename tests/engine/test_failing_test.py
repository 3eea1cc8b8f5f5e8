"""From a failing test's output to the place to mend, where the output names a file by less than its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from caretwise.adapters.project import Project
from caretwise.engine.failing_test import Culprit, Sought, find_culprits
from caretwise.repair.traceback import read_failures
from caretwise.repair.verification import Refusal

PRICE = "def total(items):\n    return -sum(items)\n\n\nclass Cart:\n    def size(self):\n        return 1\n"
TEST_PRICE = """from shop.price import Cart, total


def test_total():
    for items in ([1, 2], [3]):
        with open("x") as file:
            assert file
        assert total(items) == 3
        with open("x") as file:
            assert file


class TestCart:
    def test_size(self):
        assert Cart().size() == 0
"""
PRICE_JAVA = "package com.shop;\n\nclass Price {\n    static int total(int one) {\n        return -one;\n    }\n}\n"
PRICE_TEST = """package com.shop;

class PriceTest {
    @Test
    void total() {
        assertEquals(3, Price.total(3));
    }
}
"""
JAVA_FILES = {"src/main/java/com/shop/Price.java": PRICE_JAVA, "src/test/java/com/shop/PriceTest.java": PRICE_TEST}
ASSERTED = "org.opentest4j.AssertionFailedError: expected: <3> but was: <-3>\n\tat com.shop.PriceTest.total(PriceTest.java:6)\n"
THROWN = "java.lang.Error: x\n\tat app//com.shop.Price.total(Price.java:5)\n\tat com.shop.PriceTest.total(PriceTest.java:6)\n"
GRADLE = "PriceTest > total() FAILED\n    org.opentest4j.AssertionFailedError at PriceTest.java:6\n"


def found(folder: Path, files: dict[str, str], output: str) -> Culprit | Refusal:
    sought = all_found(folder, files, output)
    return sought.culprits[0] if isinstance(sought, Sought) else sought


def all_found(folder: Path, files: dict[str, str], output: str) -> Sought | Refusal:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    failures = read_failures(output)
    assert failures
    return find_culprits(failures, Project([folder]), lambda _: None)


@pytest.mark.parametrize(
    ("files", "output", "file", "line"),
    [
        ({"shop/price.py": PRICE, "tests/test_price.py": TEST_PRICE},
         "FAILED tests/test_price.py::test_total - assert -3 == 3\n", "price.py", 0),
        ({"shop/price.py": PRICE, "tests/test_price.py": TEST_PRICE},
         "FAILED test_price.py::TestCart::test_size - assert 1 == 0\n", "price.py", 5),
        ({"shop/price.py": PRICE, "checks.py": TEST_PRICE}, "checks.py::test_total FAILED [100%]\n", "price.py", 0),
        (JAVA_FILES, ASSERTED, "Price.java", 3),
        (JAVA_FILES, THROWN, "Price.java", 4),
        (JAVA_FILES, GRADLE, "Price.java", 3),
        ({"Price.java": PRICE_JAVA, "PriceTest.java": PRICE_TEST}, GRADLE, "Price.java", 3),
        ({**JAVA_FILES, "src/main/java/com/shop/Tax.java": PRICE_JAVA.replace("Price", "Tax")}, ASSERTED, "Price.java", 3),
        ({"shop/price.py": PRICE + "\n\nclass Shelf:\n    def size(self):\n        return 2\n", "test_p.py": TEST_PRICE},
         "FAILED test_p.py::TestCart::test_size\n", "price.py", 5),
    ],
    ids=["a function", "from a folder below", "no test's name", "asserted", "thrown", "name alone", "beside each other",
         "two files", "two classes"],
)  # fmt: skip
def test_the_place_that_a_test_leads_to(tmp_path: Path, files, output, file, line):
    culprit = found(tmp_path, files, output)
    assert isinstance(culprit, Culprit)
    assert culprit.snapshot.uri.endswith(f"/{file}")
    assert culprit.finding.range.start.line == line
    assert culprit.finding.more[1].splitlines()[0].lstrip().startswith(("def test_", "@Test", "void total"))


SHOP = {"shop/price.py": PRICE, "tests/test_price.py": TEST_PRICE}
SEVERAL = """FAILED tests/test_price.py::test_total - assert -3 == 3
FAILED tests/test_price.py::TestCart::test_size - assert 1 == 0
FAILED tests/test_price.py::test_gone - assert 1
ERROR tests/test_other.py - ImportError: no
"""
LIB_RS = """pub fn total(items: &[i32]) -> i32 {
    -items.iter().sum::<i32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total_of_one() -> i32 { total(&[1]) }

    #[test]
    fn totals() { assert_eq!(total(&[1, 2]), 3); }
}
"""


def test_each_failing_test_counts_and_those_of_one_function_are_mended_at_once(tmp_path: Path):
    twice = "FAILED tests/test_price.py::test_total - assert 0 == 3\nFAILED tests/test_price.py::test_total[1] - assert -3 == 3\n"
    sought = all_found(tmp_path, SHOP, SEVERAL)
    assert isinstance(sought, Sought)
    assert [(one.finding.range.start.line, one.tests) for one in sought.culprits] == [
        (0, ("test_total",)), (5, ("TestCart.test_size",)),
    ]  # fmt: skip
    assert [(name, refusal.code) for name, refusal in sought.others] == [
        ("test_gone", "elsewhere"),
        ("test_other.py", "elsewhere"),
    ]
    assert sought.culprits[1].concerns(tmp_path / "tests/test_price.py")
    one = found(tmp_path, SHOP, "shop/price.py:2: AssertionError: no\n" + twice)
    assert isinstance(one, Culprit)
    assert [finding.message for finding in one.findings] == [
        "a test fails: AssertionError: no",
        "a test fails: assert 0 == 3",
    ]


@pytest.mark.parametrize(
    ("files", "output", "code", "words"),
    [
        ({"tests/test_a.py": "from shop import nothing\n"}, "ERROR tests/test_a.py\n", "no_place", "with its tracebacks"),
        ({"tests/test_a.py": "from shop import nothing\n"},
         'Traceback (most recent call last):\n  File "tests/test_a.py", line 1, in <module>\nImportError: no nothing\n',
         "test_itself", "cannot be loaded itself: ImportError"),
        ({"tests/test_a.py": "def test_a():\n    assert 1 == 2\n"}, "FAILED tests/test_a.py::test_b\n", "elsewhere", "no test_b"),
        ({"tests/test_a.py": "def test_a():\n    assert 1 == 2\n"}, "FAILED tests/test_a.py::test_a\n", "elsewhere", "calls nothing"),
    ],
    ids=["no traceback", "not loaded", "no such test", "nothing called"],
)  # fmt: skip
def test_why_a_test_leads_nowhere_is_said(tmp_path: Path, files, output, code, words):
    refusal = found(tmp_path, files, output)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert words in refusal.reason


@pytest.mark.parametrize(
    ("files", "output", "file", "line"),
    [
        ({"src/lib.rs": LIB_RS}, "thread 'tests::totals' (9) panicked at src/lib.rs:12:19:\nassertion failed\n", "lib.rs", 0),
        ({"a.py": "def total(a):\n    return -a\n\n\ndef test_total():\n    assert total(1) == 1\n"},
         "a.py:6: AssertionError\n", "a.py", 0),
        ({"price.go": "package a\n\nfunc Total() int {\n\treturn 1\n}\n",
          "price_test.go": "package a\n\nfunc TestTotal(t *testing.T) { Total() }\n"},
         "--- FAIL: TestTotal (0.00s)\n    price_test.go:3: no\n", "price.go", 2),
    ],
    ids=["Rust's tests stand behind the code", "Python's may", "a test of one line"],
)  # fmt: skip
def test_a_test_is_not_mended_itself(tmp_path: Path, files, output, file, line):
    culprit = found(tmp_path, files, output)
    assert isinstance(culprit, Culprit)
    assert (Path(culprit.snapshot.uri).name, culprit.finding.range.start.line) == (file, line)


def test_of_two_files_that_end_alike_none_is_guessed(tmp_path: Path):
    twice = {f"{module}/{name}": text for module in ("one", "two") for name, text in JAVA_FILES.items()}
    refusal = found(tmp_path, twice, THROWN)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "com/shop/" in refusal.reason) == ("ambiguous", True)


@pytest.mark.parametrize("output", [ASSERTED, "FAILED ../other/test_a.py::test_b - assert 1\n", "FAILED a.py::b - x\n"])
def test_no_file_outside_of_the_folder_is_taken(tmp_path: Path, output):
    (tmp_path / "opened").mkdir()
    found(tmp_path / "other", {"test_a.py": TEST_PRICE, **JAVA_FILES}, output)
    refusal = found(tmp_path / "opened", {}, output)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "elsewhere"
