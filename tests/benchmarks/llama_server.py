"""llama.cpp's server for a benchmark: started, asked on its own route for filling in, ended."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_SECONDS = 300.0


@contextmanager
def serving(server: Path, model: Path, threads: int) -> Iterator[str]:
    """The base address of a server that is ready.

    Prompts take `threads`; single tokens take one: two that wait for each other are slow beside other work.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [server, "-m", model, "--host", "127.0.0.1", "--port", str(port), "-c", "8192", "-np", "1"]
    command += ["-t", "1", "-tb", str(threads), "--poll", "0", "--no-webui"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            base = f"http://127.0.0.1:{port}"
            until = time.monotonic() + 120
            while not healthy(base):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    sys.exit("llama-server did not start:\n" + log.read().decode("utf-8", "replace")[-2000:])
                time.sleep(0.2)
            yield base
        finally:
            process.terminate()
            process.wait(20)


def healthy(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def opened(base: str, body: dict):
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{base}/infill", data, {"content-type": "application/json"})
    return urllib.request.urlopen(request, timeout=SERVER_SECONDS)


def literal(text: str) -> str:
    """A grammar that allows this text and nothing else."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return 'root ::= "' + "".join(escapes.get(character, character) for character in text) + '"'


def plain(body: dict) -> dict:
    """A request as the engine makes it, but for chance and for a time limit that is the machine's affair."""
    kept = {key: value for key, value in body.items() if key not in {"t_max_predict_ms", "stream"}}
    return kept | {"temperature": 0.0, "top_k": 1, "cache_prompt": True}


def written(base: str, body: dict, enough: Callable[[str], bool]) -> tuple[str, str]:
    """What the model writes, up to where `enough` closes the connection, and why it ended."""
    text = ""
    with opened(base, plain(body) | {"stream": True}) as answer:
        for line in answer:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            text += event.get("content", "")
            if event.get("stop"):
                return text, "length" if event.get("stop_type") == "limit" else "stop"
            if event.get("content") and enough(text):
                return text, "enough"
    raise RuntimeError("the stream ended without its last event")


def bits_for(base: str, body: dict, truth: str) -> tuple[float, int]:
    """The bits that the model needs for the truth, and the tokens of the prompt.

    The server writes it under a grammar that allows nothing else, and says how likely each token was without the grammar.
    """
    wanted = truth.encode()
    more = {"stream": False, "grammar": literal(truth), "n_probs": 1, "n_predict": len(wanted) + 2}
    with opened(base, plain(body) | more) as answer:
        found = json.load(answer)
    said, bits = b"", 0.0
    for token in found["completion_probabilities"]:
        if len(said) >= len(wanted):
            break
        said += bytes(token["bytes"])
        bits -= token["logprob"] / math.log(2)
    if said != wanted:
        raise RuntimeError(f"the grammar gave {said!r}, not {wanted!r}")
    return bits, found.get("tokens_evaluated", 0)
