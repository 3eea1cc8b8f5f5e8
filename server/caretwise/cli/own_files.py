"""The user's own source: what may be read of a folder, and which of it is the repository's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from caretwise.adapters.git import Repository
from caretwise.adapters.project import Project
from caretwise.adapters.settings import Settings
from caretwise.adapters.shadow import source_files
from caretwise.text.language import by_path


def own_files(
    folder: Path, settings: Settings, languages: Collection[str] = ()
) -> tuple[Mapping[str, str], Mapping[str, str], Repository | None]:
    """All texts that may be context, by path; those in which code is taken out; and the repository, if there is one.

    The second are files that git tracks (all, where there is no git), in a language with line comments, and in one of
    `languages` (LSP identifiers) where some are named.
    """
    files = source_files(Project([folder], extra_deny=settings.ignore))
    repository = Repository.of(folder)
    tracked = repository.tracked() if repository is not None else None
    own = {
        path: text
        for path, text in files.items()
        if (not tracked or path in tracked)
        and by_path(path).line_comment
        and (not languages or by_path(path).id in languages)
    }
    return files, own, repository
