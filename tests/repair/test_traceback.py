"""Outputs of failing tests as tools print them: where they went, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.repair.traceback import Frame, read_failure

PYTHON = """Traceback (most recent call last):
  File "/p/run.py", line 3, in <module>
    main()
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/p/app.py", line 10, in <module>
    print(mean([]))
  File "/p/stats.py", line 3, in mean
    return total / len(numbers)
           ~~~~~~^~~~~~~~~~~~~~
ZeroDivisionError: division by zero
"""
PYTEST_LONG = """_________________ test_area _________________

    def test_area():
>       assert area(2, 3) == 6
E       assert 5 == 6
E        +  where 5 = area(2, 3)

tests/test_shapes.py:5: AssertionError
=========== short test summary info ===========
FAILED tests/test_shapes.py::test_area - assert 5 == 6
"""
NODE = """AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
    at area (file:///p/src/shapes.js:4:11)
    at TestContext.<anonymous> (/p/test/shapes.test.js:7:3)
    at node:internal/test_runner/test:1000:25
"""
GO = """--- FAIL: TestArea (0.00s)
    shapes_test.go:9: area(2, 3) = 5, want 6
FAIL
"""
GO_PANIC = """panic: runtime error: integer divide by zero

goroutine 6 [running]:
example.com/shapes.Mean(...)
\t/p/shapes.go:12 +0x1d
example.com/shapes.TestMean(0xc000083380)
\t/p/shapes_test.go:7 +0x25
"""
RUST = "thread 'tests::area' panicked at src/lib.rs:4:5:\nassertion `left == right` failed\n"


@pytest.mark.parametrize(
    ("text", "innermost", "outermost", "words"),
    [
        (PYTHON, Frame("/p/stats.py", 2, "mean"), Frame("/p/app.py", 9, "<module>"), "ZeroDivisionError: division by zero"),
        (PYTEST_LONG, Frame("tests/test_shapes.py", 4), Frame("tests/test_shapes.py", 4), "assert 5 == 6"),
        (NODE, Frame("/p/src/shapes.js", 3, "area"), Frame("/p/test/shapes.test.js", 6, "TestContext.<anonymous>"),
         "AssertionError [ERR_ASSERTION]"),
        (GO, Frame("shapes_test.go", 8), Frame("shapes_test.go", 8), "area(2, 3) = 5, want 6"),
        (GO_PANIC, Frame("/p/shapes.go", 11), Frame("/p/shapes_test.go", 6), "integer divide by zero"),
        (RUST, Frame("src/lib.rs", 3), Frame("src/lib.rs", 3), "panicked at"),
    ],
    ids=["python", "pytest", "node", "go", "go panic", "rust"],
)  # fmt: skip
def test_places_and_words(text, innermost, outermost, words):
    failure = read_failure(text)
    assert failure is not None
    assert (failure.frames[-1], failure.frames[0]) == (innermost, outermost)
    assert words in failure.message


def test_the_last_of_several_counts():
    failure = read_failure(PYTEST_LONG + PYTHON)
    assert failure is not None
    assert {frame.file for frame in failure.frames} == {"/p/app.py", "/p/stats.py"}


@pytest.mark.parametrize("text", ["", "all is well\n", "1 passed in 0.01s", "see https://example.org:80/ for more"])
def test_what_is_no_failure(text):
    assert read_failure(text) is None


@settings(max_examples=30)
@given(st.lists(st.sampled_from([*PYTHON.splitlines(), *NODE.splitlines(), *GO.splitlines(), "a" * 3000, "\x00", '"'])))
def test_no_text_raises(lines):
    failure = read_failure("\n".join(lines))
    assert failure is None or (failure.frames and len(failure.message) <= 800)


@pytest.mark.parametrize(
    ("output", "places"),
    [
        (
            "\x1b[1m\x1b[31mshop/price.py\x1b[0m:4: in total\n    s += i.prce\n\x1b[1m\x1b[31mE   AttributeError: prce\x1b[0m\n",
            [("shop/price.py", 3)],
        ),
        (
            "FF\n/srv/shop/price.py:4: AttributeError: no attribute 'prce'\n/srv/test_price.py:10: assert 0 == 1\n",
            [("/srv/test_price.py", 9)],
        ),
        (
            "not ok 1 - bad\n  stack: |-\n    exports.bad (/srv/a.js:3:14)\n    TestContext.<anonymous> (/srv/b.test.js:2:18)\n",
            [("/srv/b.test.js", 1), ("/srv/a.js", 2)],
        ),
        (
            "thread 'tests::off' panicked at 'assertion failed: `(left == right)`\n  left: `0`,\n right: `1`', src/lib.rs:12:9\n",
            [("src/lib.rs", 11)],
        ),
        (" \x1b[31m●\x1b[39m off\n    \x1b[2mat z (\x1b[22m\x1b[2ma.js\x1b[2m:3:14)\x1b[22m\n", [("a.js", 2)]),
    ],
    ids=["pytest in colours", "pytest, a line each", "TAP", "older Rust", "jest in colours"],
)
def test_other_dresses(output, places):
    failure = read_failure(output)
    assert failure is not None
    assert [(frame.file, frame.line) for frame in failure.frames] == places
