"""What came of one model's requests for fixes, counted by request: candidates of one are not counted apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.measure.compare import ArmCell


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests, and those of them that came so far. Each is part of the one before, but for `verified` and `gone`."""

    made: int
    offered: int
    verified: int
    applied: int
    gone: int
    undone: int
    kept: int
    """Applied, and neither undone nor mostly written over by 300 s later, as far as somebody could look."""


def requests_of(cells: Sequence[ArmCell]) -> RequestCounts | None:
    """The sums of cells of the role fix; None without any."""
    if not cells:
        return None
    return RequestCounts(
        made=sum(cell.opportunities for cell in cells),
        offered=sum(cell.shown for cell in cells),
        verified=sum(cell.verified for cell in cells),
        applied=sum(cell.accepted for cell in cells),
        gone=sum(cell.gone for cell in cells),
        undone=sum(cell.undone for cell in cells),
        kept=round(sum(cell.retained for cell in cells)),
    )
