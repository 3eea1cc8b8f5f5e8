"""`caretwise doctor` run by the server itself, so that it sees the environment that the editor gave: keys above all."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from caretwise.adapters.endpoint import whole_environment

SECONDS = 150.0
"""The most that an examination may take."""


async def examine() -> str:
    """What `caretwise doctor` prints, or a sentence that says why there is nothing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "caretwise",
        "doctor",
        env=whole_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return f"`caretwise doctor` took longer than {SECONDS:.0f} s; run it in a terminal."
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            process.kill()
    return output.decode("utf-8", "replace").rstrip() or "`caretwise doctor` printed nothing; run it in a terminal."


def summary(text: str) -> str:
    """The first thing that is wrong and what to do about it, in one line."""
    lines = text.splitlines()
    wrong = next((line.removeprefix("FAIL").strip() for line in lines if line.startswith("FAIL")), "nothing is wrong")
    then = next((line for line in lines if line.startswith("Next: ")), "")
    return f"doctor: {wrong}. {then}".strip()
