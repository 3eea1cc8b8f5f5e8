"""Outputs of failing tests as tools print them: where they went, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretwise.repair.traceback import Frame, read_failures

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
        (GO_PANIC, Frame("/p/shapes.go", 11, "Mean"), Frame("/p/shapes_test.go", 6, "TestMean"),
         "integer divide by zero"),
        (RUST, Frame("src/lib.rs", 3), Frame("src/lib.rs", 3), "panicked at"),
    ],
    ids=["python", "pytest", "node", "go", "go panic", "rust"],
)  # fmt: skip
def test_places_and_words(text, innermost, outermost, words):
    (failure,) = read_failures(text)
    assert (failure.frames[-1], failure.frames[0]) == (innermost, outermost)
    assert words in failure.message


def test_each_of_several_counts():
    first, second = read_failures(PYTEST_LONG + PYTHON)
    assert (first.test, first.frames) == ("test_area", (Frame("tests/test_shapes.py", 4),))
    assert {frame.file for frame in second.frames} == {"/p/app.py", "/p/stats.py"}
    assert (first.message, second.message) == (
        "assert 5 == 6 + where 5 = area(2, 3)",
        "ZeroDivisionError: division by zero",
    )


@pytest.mark.parametrize("text", ["", "all is well\n", "1 passed in 0.01s", "see https://example.org:80/ for more"])
def test_what_is_no_failure(text):
    assert read_failures(text) == ()


@settings(max_examples=30)
@given(st.lists(st.sampled_from([*PYTHON.splitlines(), *NODE.splitlines(), *GO.splitlines(), "a" * 3000, "\x00", '"'])))
def test_no_text_raises(lines):
    for failure in read_failures("\n".join(lines)):
        assert failure.frames
        assert failure.name
        assert len(failure.message) <= 800


@pytest.mark.parametrize(
    ("output", "places"),
    [
        (
            "\x1b[1m\x1b[31mshop/price.py\x1b[0m:4: in total\n    s += i.prce\n\x1b[1m\x1b[31mE   AttributeError: prce\x1b[0m\n",
            [("shop/price.py", 3)],
        ),
        (
            "FF\n/srv/shop/price.py:4: AttributeError: no attribute 'prce'\n/srv/test_price.py:10: assert 0 == 1\n",
            [("/srv/shop/price.py", 3), ("/srv/test_price.py", 9)],
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
    assert [(frame.file, frame.line) for one in read_failures(output) for frame in one.frames] == places


LOGGED = """____________________________ test_total ____________________________

    def test_total():
>       assert total([1]) == 1
E       assert -1 == 1

tests/test_price.py:6: AssertionError
------------------------------ Captured log call -------------------------------
ERROR    shop:price.py:9 no rate
Traceback (most recent call last):
  File "/srv/shop/rate.py", line 3, in rate
    return rates[name]
KeyError: 'name'
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/srv/run.py", line 9, in <module>
  |     asyncio.run(main())
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/shop/price.py", line 2, in total
    |     return 1 / 0
    |            ~~^~~
    | ZeroDivisionError: division by zero
    +------------------------------------
"""
DOCTEST = """**********************************************************************
File "/srv/shop/price.py", line 4, in price.total
Failed example:
    total([1, 2])
Expected:
    3
Got:
    -3
**********************************************************************
1 items had failures:
   1 of   1 in price.total
***Test Failed*** 1 failures.
"""
PRINTED = """  console.log
    here

      at Object.log (src/rate.js:4:11)

  ● price › total

    RangeError: no items

      at mean (src/price.js:6:28)
"""
COMPILED = """FAIL src/price.test.ts
  ● Test suite failed to run

    src/price.ts:6:28 - error TS2304: Cannot find name 'totl'.

    6 const mean = totl(items);
"""
BABEL = "FAIL a.test.js\n  ● Test suite failed to run\n\n    SyntaxError: /srv/src/price.js: Unexpected token (6:28)\n"
THROWN = "/srv/src/price.js:3\n  return (\n         ^\n\nSyntaxError: Unexpected end of input\n    at node:internal/main:5:2\n"
WARNED = """warning: unused variable: `x`
 --> src/lib.rs:2:9
  |
error[E0308]: mismatched types
  --> src/rate.rs:6:5
"""


@pytest.mark.parametrize(
    ("output", "test", "innermost", "words"),
    [
        (LOGGED, "test_total", Frame("tests/test_price.py", 5), "assert -1 == 1"),
        (GROUP, "", Frame("/srv/shop/price.py", 1, "total"), "ZeroDivisionError: division by zero"),
        (DOCTEST, "", Frame("/srv/shop/price.py", 3, "price.total"), "Got: -3"),
        (PRINTED, "price › total", Frame("src/price.js", 5, "mean"), "RangeError: no items"),
        (COMPILED, "", Frame("src/price.ts", 5), "TS2304: Cannot find name 'totl'."),
        (BABEL, "", Frame("/srv/src/price.js", 5), "Unexpected token"),
        (THROWN, "", Frame("/srv/src/price.js", 2), ""),
        (WARNED, "", Frame("src/rate.rs", 5), "mismatched types"),
    ],
    ids=["captured", "exception group", "doctest", "printed", "ts-jest", "Babel", "Node", "rustc"],
)
def test_what_stands_beside_a_failure_is_not_it(output, test, innermost, words):
    (failure,) = read_failures(output)
    assert (failure.test, failure.frames[-1]) == (test, innermost)
    assert words in failure.message
