"""Outputs that name no line, and Java's: what pytest --tb=no, java, JUnit, Surefire and Gradle print."""

from __future__ import annotations

import pytest

from caretwise.repair.traceback import Frame, read_failures

SUMMARY = """/srv/env/asyncio/plugin.py:306: PytestDeprecationWarning: The configuration option is unset.
Set it.

  warnings.warn(PytestDeprecationWarning(_UNSET))
FFFE                                                                     [100%]
=========================== short test summary info ============================
FAILED tests/test_price.py::test_total - assert -3 == 3
FAILED tests/test_price.py::TestCart::TestDeep::test_size - assert 1 == 0
FAILED tests/test_price.py::TestCart::test_par[ - z] - AssertionError: two - three
ERROR tests/test_price.py::test_err - ValueError: no fixture
3 failed, 1 error in 0.73s
"""
IN_COLOURS = (
    "\x1b[31mFAILED\x1b[0m tests/test_price.py::\x1b[1mTestCart::test_size\x1b[0m - assert 1 == 0\n"
    "\x1b[31m========= \x1b[31m\x1b[1m1 failed\x1b[0m, \x1b[32m2 passed\x1b[0m\x1b[31m in 1.50s\x1b[0m\n"
)
AS_IT_RAN = """tests/test_price.py::test_total FAILED                                   [ 11%]
tests/test_price.py::test_fine PASSED                                    [ 88%]
"""
BY_WORKERS = "[gw0] [ 50%] PASSED tests/test_a.py::test_x \n[gw1] [100%] FAILED tests/test_a.py::test_y[1-2] \n"
CAUSED = """Exception in thread "main" java.lang.IllegalStateException: no mean
of this
\tat com.shop.Price$Cart.mean(Price.java:15)
\tat com.shop.PriceTest.main(PriceTest.java:7)
\tSuppressed: java.lang.RuntimeException: closing
\t\tat com.shop.Price$Cart.mean(Price.java:16)
\t\t... 1 more
\tCaused by: java.lang.Error: beside
\t\tat com.shop.Beside.mean(Beside.java:1)
Caused by: java.lang.ArithmeticException: / by zero
\tat com.shop.Price.per(Price.java:7)
\tat com.shop.Price$Cart.lambda$mean$0(Price.java:13)
\tat java.base/java.util.stream.ReferencePipeline$3$1.accept(ReferencePipeline.java:197)
\tat com.shop.Price$Cart.mean(Price.java:13)
\t... 1 more
"""
SUREFIRE = """[INFO] Running com.shop.PriceTest
[ERROR] Tests run: 2, Failures: 2, Errors: 0, Skipped: 0, Time elapsed: 0.045 s <<< FAILURE! -- in com.shop.PriceTest
[ERROR] com.shop.PriceTest.mean -- Time elapsed: 0.02 s <<< ERROR!
java.lang.ArithmeticException: / by zero
\tat com.shop.Price.per(Price.java:7)
\tat com.shop.PriceTest.mean(PriceTest.java:12)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:568)

[ERROR] com.shop.PriceTest.total -- Time elapsed: 0.022 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <3> but was: <-3>
\tat org.junit.jupiter.api.AssertionFailureBuilder.build(AssertionFailureBuilder.java:151)
\tat org.junit.jupiter.api.Assertions.assertEquals(Assertions.java:531)
\tat com.shop.PriceTest.total(PriceTest.java:17)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)

[INFO]
[INFO] Results:
[INFO]
[ERROR] Failures:
[ERROR]   PriceTest.total:17 expected: <3> but was: <-3>
[INFO]
[ERROR] Tests run: 2, Failures: 2, Errors: 0, Skipped: 0
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.2.5:test (default-test) on project shop
"""
SUREFIRE_SHORT = """[ERROR] Errors:
[ERROR]   PriceTest.mean:12->each:30 » Arithmetic / by zero
[ERROR] Tests run: 2, Failures: 0, Errors: 1, Skipped: 0
"""
SUREFIRE_OLD = "Failed tests: \n  PriceTest.total:17 expected:<3> but was:<-3>\n\nTests run: 2, Failures: 1\n"
GRADLE = """> Task :test FAILED

PriceTest > mean() FAILED
    java.lang.ArithmeticException at Other.java:7

PriceTest > total() FAILED
    java.lang.IllegalStateException at PriceTest.java:12
        Caused by: java.lang.ArithmeticException at Price.java:7

2 tests completed, 2 failed
"""
GRADLE_FULL = """PriceTest > total() FAILED
    java.lang.IllegalStateException: no mean
        at app//com.shop.Price.mean(Price.java:15)
        at app//com.shop.PriceTest.total(PriceTest.java:12)

        Caused by:
        java.lang.ArithmeticException: / by zero
            at com.shop.Price.per(Price.java:7)
            at com.shop.Price.mean(Price.java:13)
            ... 1 more
"""
LAUNCHER = """  JUnit Jupiter:PriceTest:total()
    MethodSource [className = 'com.shop.PriceTest', methodName = 'total', methodParameterTypes = '']
    => org.opentest4j.AssertionFailedError: expected: <3> but was: <-3>
       org.junit.jupiter.api.AssertionFailureBuilder.build(AssertionFailureBuilder.java:151)
       com.shop.PriceTest.total(PriceTest.java:17)
       java.base/java.lang.reflect.Method.invoke(Method.java:568)
       [...]

Test run finished after 64 ms
"""
ZERO = "java.lang.ArithmeticException: / by zero"
WRONG = "org.opentest4j.AssertionFailedError: expected: <3> but was: <-3>"
TEST = "com/shop/PriceTest.java"
PRICE = "com/shop/Price.java"


@pytest.mark.parametrize(
    ("text", "frame", "words"),
    [
        (SUMMARY, Frame("tests/test_price.py", -1, "test_err"), "ValueError: no fixture"),
        (IN_COLOURS, Frame("tests/test_price.py", -1, "test_size"), "assert 1 == 0"),
        (AS_IT_RAN, Frame("tests/test_price.py", -1, "test_total"), "test_total has failed"),
        (BY_WORKERS, Frame("tests/test_a.py", -1, "test_y"), "test_y has failed"),
        ("ERROR a/test_b.py::test_err - ValueError: x\n", Frame("a/test_b.py", -1, "test_err"), "ValueError: x"),
    ],
    ids=["short", "colours", "verbose", "workers", "error"],
)
def test_a_summary_names_the_tests(text, frame, words):
    failure = read_failures(text)[-1]
    assert (failure.frames, failure.message) == ((frame,), words)


@pytest.mark.parametrize(
    ("text", "places", "words"),
    [
        (CAUSED, [(TEST, 6), (PRICE, 14), (PRICE, 12), (PRICE, 12), (PRICE, 6)],
         f"java.lang.IllegalStateException: no mean of this; caused by {ZERO}"),
        (SUREFIRE, [(TEST, 16)], WRONG),
        (SUREFIRE[: SUREFIRE.index("[ERROR] com.shop.PriceTest.total")], [(TEST, 11), (PRICE, 6)], ZERO),
        (SUREFIRE_SHORT, [("PriceTest.java", 11)], "» Arithmetic / by zero"),
        (SUREFIRE_OLD, [("PriceTest.java", 16)], "expected:<3> but was:<-3>"),
        (GRADLE, [("PriceTest.java", 11), ("Price.java", 6)],
         "java.lang.IllegalStateException; caused by java.lang.ArithmeticException"),
        (GRADLE_FULL, [(TEST, 11), (PRICE, 14), (PRICE, 12), (PRICE, 6)],
         f"java.lang.IllegalStateException: no mean; caused by {ZERO}"),
        (LAUNCHER, [(TEST, 16)], WRONG),
    ],
    ids=["causes", "surefire", "surefire, error", "surefire, short", "surefire, old", "gradle", "gradle, full", "launcher"],
)  # fmt: skip
def test_javas_stacks(text, places, words):
    for printed in (text, text.replace("\n", "\r\n")):
        failure = read_failures(printed)[-1]
        assert [(frame.file, frame.line) for frame in failure.frames] == places
        assert failure.message == words


def test_a_stack_of_tools_alone_is_no_place():
    text = f"{ZERO}\n\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)\n\tat org.junit.X.y(X.java:1)\n"
    assert read_failures(text) == ()
