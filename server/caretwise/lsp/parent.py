"""The editor's process, which LSP asks a server to watch: when it dies, so must we (`InitializeParams.processId`)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EditorProcess:
    """A process to watch. `is_parent`: it started us, so that the system tells us a new parent when it dies."""

    id: int
    is_parent: bool

    @classmethod
    def of(cls, process_id: int | None) -> EditorProcess | None:
        """The process with this id; None when there is nothing to watch.

        An id that does not exist now belongs to another machine or container: the end of input has to do. Windows is
        left out because `os.kill` ends processes there.
        """
        if process_id is None or process_id <= 0 or sys.platform == "win32":
            return None
        found = cls(process_id, os.getppid() == process_id)
        return found if found.is_alive() else None

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        if self.is_parent:
            # A parent that nobody has waited for yet still answers to signal 0.
            return os.getppid() == self.id
        try:
            os.kill(self.id, 0)
        except PermissionError:
            return True
        except (ProcessLookupError, OverflowError):
            return False
        return not _has_ended(self.id)


def _has_ended(process_id: int) -> bool:
    """Whether a process is over though it is still listed, because nobody has asked how it ended (Linux tells)."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_bytes()
    except OSError:
        return False
    # The name, in brackets, may hold anything; the state is the letter behind it.
    return status.rpartition(b")")[2].split()[:1] in ([b"Z"], [b"X"])
