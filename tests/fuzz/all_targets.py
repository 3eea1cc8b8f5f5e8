"""All fuzz targets by name."""

from __future__ import annotations

from tests.fuzz import answers, edits, files, protocol, sessions, streams
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target for module in (protocol, sessions, edits, streams, answers, files) for target in module.TARGETS
}
"""Every target; the names are those of cases and of `--only`."""
