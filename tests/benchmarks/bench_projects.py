"""Projects that context and real models are measured on: nobody chose a number of caretwise's by looking at them.

Pinned releases, fetched by pip and npm. Who tunes something uses `embedded_projects.RELEASES`, and not these.
"""

from __future__ import annotations

from pathlib import Path

from embedded_projects import PYTHON, TYPESCRIPT, Release, fetch

from caretwise.adapters.project import Project
from caretwise.adapters.shadow import source_files

HELD_OUT = (
    Release("pip", "litestar", "2.25.0", "7fad91fcd89367fcd26534ab19b6b05763cc67ab9574baa914546089e1ed1fb4", PYTHON),
    Release("pip", "falcon", "4.4.0", "9f3ffbddc8baed4573295642eddb18a37eea37baba9f20c5be379c8b3d3d79e6", PYTHON),
    Release("pip", "aiogram", "3.31.0", "f2c5064fe52d88898c86af62261c405440a014216e45dd99b2c6555a5602ce30", PYTHON),
    Release("pip", "sphinx", "9.0.4", "594ef59d042972abbc581d8baa577404abe4e6c3b04ef61bd7fc2acbd51f3fa3", PYTHON),
    Release("pip", "textual", "8.2.8", "3f106a9fbc73e39dd266c9712432087de78a6d644084c7c241d6a25c3169115b", PYTHON),
    Release("npm", "effect", "4.1.0", "41705a35c964192dfc742863f0e099727ccda7ff2bd67a06d09b093a336f2b0e", TYPESCRIPT),
    Release(
        "npm", "@reduxjs/toolkit", "2.14.0", "1e5a0946e81e9c365141d18c7067221b48ba66c6858d0a6e23296a31b095f82b", TYPESCRIPT
    ),
    Release(
        "npm", "@trpc/server", "11.25.2", "43d5562bf3d3ca2ba55bb37a91020c19d90ddaa3359a1eb55e5fefc62c6cb29a", TYPESCRIPT
    ),
    Release("npm", "zod", "4.6.7", "84efd155bed93270286e793fc951be270b536cbd5b0eeb111f0fa3967201d698", TYPESCRIPT),
    Release(
        "npm", "@tanstack/router-core", "1.171.39", "0c9345f2830bda69901d464a293d101f10635d3c935f7f1e310681b71bd2e962",
        TYPESCRIPT,
    ),
    Release(
        "npm", "@tanstack/query-core", "5.108.0", "295e04168c1afddc3c0c95a88751b4c3bb69ebe56aee81b523b41bb37daea815",
        TYPESCRIPT,
    ),
)  # fmt: skip


def fetch_project(release: Release, downloads: Path) -> Path:
    """The release's top folder: what an editor would open."""
    (downloads / release.name).parent.mkdir(parents=True, exist_ok=True)
    folder = fetch(release, downloads)
    inside = [path for path in folder.iterdir() if path.is_dir()]
    return inside[0] if len(inside) == 1 else folder


def texts_of(release: Release, downloads: Path) -> dict[str, str]:
    """All files that the engine may see, by path; without what is built from others."""
    files = source_files(Project([fetch_project(release, downloads)]))
    return {path: text for path, text in files.items() if not path.endswith((".d.ts", ".d.mts", ".d.cts", ".min.js"))}


def own_language(files: dict[str, str], release: Release) -> dict[str, str]:
    """Those written in the project's language."""
    return {path: text for path, text in files.items() if path.endswith(release.language.endings)}
