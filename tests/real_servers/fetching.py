"""Getting files: from the package index that pip is set to use, checked against their SHA-256, with progress."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import httpx2

Say = Callable[[str], None]


class NotToBeHadError(Exception):
    """Something could not be got or built; the message says what and what would help."""


@dataclass(frozen=True, slots=True)
class Package:
    """One file of a package index, and what it must be."""

    project: str
    file: str
    sha256: str


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def link_to(file: str, page: str, address: str) -> str | None:
    """The address of a file on a project's page of a simple index (PEP 503); None when the page does not have it."""
    links = _Links()
    links.feed(page)
    whole = (urldefrag(urljoin(address, link)).url for link in links.found)
    return next((one for one in whole if unquote(one).rpartition("/")[2] == file), None)


def fetch(package: Package, folder: Path, say: Say) -> Path:
    """A file of the index, downloaded unless it is there. Raises NotToBeHadError.

    `pip download` is not used: for a source distribution it first builds what the build would need.
    """
    target = folder / package.file
    if target.exists() and _sha256(target) == package.sha256:
        say(f"       {package.file} is there")
        return target
    folder.mkdir(parents=True, exist_ok=True)
    page = f"{_index().rstrip('/')}/{package.project}/"
    with httpx2.Client(verify=_trusted(), follow_redirects=True, timeout=60) as client:
        answer = client.get(page, headers={"accept": "text/html"})
        address = link_to(package.file, answer.text, str(answer.url)) if answer.status_code == 200 else None
        if address is None:
            raise NotToBeHadError(f"the package index ({answer.status_code}) has no {package.file}")
        _download(client, address, target, say)
    found = _sha256(target)
    if found != package.sha256:
        target.unlink()
        raise NotToBeHadError(f"{package.file} has the SHA-256 {found} and should have {package.sha256}")
    return target


def _download(client: httpx2.Client, address: str, target: Path, say: Say) -> None:
    part = target.with_name(target.name + ".part")
    with client.stream("GET", address) as answer, part.open("wb") as file:
        if answer.status_code != 200:
            raise NotToBeHadError(f"{target.name} cannot be downloaded ({answer.status_code})")
        whole, said = int(answer.headers.get("content-length", 0)), time.monotonic()
        for piece in answer.iter_bytes(1 << 20):
            file.write(piece)
            if time.monotonic() - said > 5:
                said = time.monotonic()
                say(f"       {target.name}: {file.tell() >> 20} of {whole >> 20} MiB")
    part.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _index() -> str:
    """The index that pip would use, from its own mouth."""
    configured = os.environ.get("PIP_INDEX_URL") or _pip("config", "get", "global.index-url")
    if configured:
        return configured
    found = subprocess.run(
        [sys.executable, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout.strip()
    if not found:
        raise NotToBeHadError("pip is not there to say which index to use; set PIP_INDEX_URL")
    return found


def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    certificates = os.environ.get("PIP_CERT") or _pip("config", "get", "global.cert")
    if certificates:
        context.load_verify_locations(certificates)
    return context


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def run(title: str, command: Sequence[str | Path], log: Path, say: Say, *, seconds: float) -> None:
    """Run a long command with its output in a log and a sign of life every 20 s. Raises NotToBeHadError."""
    say(f"       {title} (output in {log})")
    since = said = time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                now = time.monotonic()
                if now - since > seconds:
                    raise NotToBeHadError(f"{title}: not done after {seconds / 60:.0f} minutes")
                if now - said > 20:
                    said = now
                    say(f"       {title}, {now - since:.0f} s: {_last_line(log)}")
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise NotToBeHadError(f"{title}: failed with status {process.returncode}; {_last_line(log)} ({log})")


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip()[:120] if lines else "nothing yet"
