"""What lies behind an exception that a library raised."""

from __future__ import annotations

import errno
from typing import cast

from caretwise.models.failure import Failure, FailureKind

_MOST = 20


def causes(error: BaseException | None) -> list[BaseException]:
    """The exception, what it was raised from and what groups among these hold; the nearest first."""
    found: list[BaseException] = []
    rest = [error]
    while rest and len(found) < _MOST:
        one = rest.pop(0)
        if one is None or any(one is known for known in found):
            continue
        found.append(one)
        rest += [one.__cause__ or one.__context__]
        if isinstance(one, BaseExceptionGroup):
            rest += cast("tuple[BaseException, ...]", one.exceptions)
    return found


def no_files_left(error: BaseException) -> Failure | None:
    """The failure that a lack of file descriptors is, however deep it lies; None for another error."""
    if not any(isinstance(one, OSError) and one.errno in {errno.EMFILE, errno.ENFILE} for one in causes(error)):
        return None
    sentence = (
        "Too many files are open here, so that no connection can be made: close some, or raise the limit (`ulimit -n`) "
        "where the editor is started."
    )
    return Failure(FailureKind.OFFLINE, sentence)
