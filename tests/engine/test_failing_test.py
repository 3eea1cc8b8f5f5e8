"""From a failing test's output to the place to mend, where the output names a file by less than its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from caretwise.adapters.project import Project
from caretwise.engine.failing_test import Culprit, find_culprit
from caretwise.repair.traceback import read_failure
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
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    failure = read_failure(output)
    assert failure is not None
    return find_culprit(failure, Project([folder]), lambda _: None)


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
