"""Between the addresses that editors send and paths on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote


def path_of_uri(uri: str) -> Path | None:
    """The absolute path of a `file:` URI; None for other schemes, other hosts and what cannot be a path.

    Understands percent-encoding, Windows drives (`file:///c%3A/x`) and, on Windows, shares (`file://server/share/x`).
    Bytes that are not UTF-8 come back as they went in.
    """
    text = local_path(uri, windows=os.name == "nt")
    return None if text is None else Path(text)


def local_path(uri: str, *, windows: bool) -> str | None:
    """As `path_of_uri`, for either kind of system, as a string."""
    scheme, colon, rest = uri.partition(":")
    if not colon or scheme.lower() != "file" or not rest.startswith("/"):
        return None
    rest = rest.split("#", 1)[0].split("?", 1)[0]
    host, rest = _host_and_path(rest)
    path = unquote(rest, errors="surrogateescape")
    if "\0" in path or not path.startswith("/"):
        return None
    if host.lower() not in {"", "localhost"}:
        return f"\\\\{unquote(host)}" + path.replace("/", "\\") if windows else None
    if windows:
        has_drive = path[2:3] == ":" and path[1].isalpha()
        return path[1:] if has_drive else path
    return path


def _host_and_path(rest: str) -> tuple[str, str]:
    if not rest.startswith("//"):
        return "", rest
    host, slash, path = rest[2:].partition("/")
    return host, slash + path


def path_of_other(uri: str) -> str:
    """The path in an address of any scheme (`untitled:`, `git:`, `vscode-notebook-cell:` ...), decoded, with `/`."""
    scheme, colon, rest = uri.partition(":")
    rest = (rest if colon else scheme).split("#", 1)[0].split("?", 1)[0]
    return unquote(_host_and_path(rest)[1], errors="surrogateescape").replace("\\", "/")


def uri_of_path(path: Path) -> str:
    """The `file:` URI of a path, made absolute first; links in it are not followed."""
    return Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - `Path.absolute` keeps `..`
