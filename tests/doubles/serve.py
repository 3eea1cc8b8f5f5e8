"""Runs one double as a program: `python tests/doubles/serve.py --as moonshot --port 0`.

Its first line of output is `listening on http://127.0.0.1:PORT/v1`. It ends on SIGTERM, SIGINT, or when its standard
input, if that is a pipe, is closed. `--log` gets one JSON line for each request as it arrives, `--ends` one as it ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import stat
import sys
import threading
from pathlib import Path

# Started by its path: its own folder must not be searched (it would hide modules), the one above must.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [str(_HERE.parent), *(entry for entry in sys.path if entry and Path(entry).resolve() != _HERE)]

from doubles.answers import SCRIPT, ScriptedAnswers  # noqa: E402  the path is set first
from doubles.behaviours import NAMES, behaviour  # noqa: E402
from doubles.double import ModelDouble  # noqa: E402
from doubles.log import JsonLines  # noqa: E402
from doubles.pace import Timed  # noqa: E402


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A loopback model server for tests.")
    parser.add_argument("--as", dest="name", required=True, choices=NAMES, help="what it behaves as")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--answers", type=Path, default=SCRIPT, help="JSON file of rules")
    parser.add_argument("--model", help="the model name that it knows")
    parser.add_argument("--key", help="the bearer key that it wants")
    parser.add_argument("--first-token-ms", type=float, default=0)
    parser.add_argument("--tokens-per-second", type=float, default=0, help="0 writes without waiting")
    parser.add_argument("--log", type=Path, help="file for one JSON line per request")
    parser.add_argument("--ends", type=Path, help="file for one JSON line per end of a request")
    return parser.parse_args()


def _ended() -> threading.Event:
    """Set when the program is to end."""
    event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: event.set())
    mode = os.fstat(0).st_mode
    # A terminal or /dev/null as input says nothing about the parent; a pipe that closes does.
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=lambda: (_drain(), event.set()), daemon=True).start()
    return event


def _drain() -> None:
    while os.read(0, 4096):
        pass


def main() -> int:
    """Serve until told to end; 0 always, 1 when the double itself failed."""
    arguments = _arguments()
    ended = _ended()
    chosen = behaviour(
        arguments.name,
        answerer=ScriptedAnswers.read(arguments.answers),
        pace=Timed(arguments.first_token_ms, arguments.tokens_per_second),
        model=arguments.model,
        key=arguments.key,
    )
    log = JsonLines(arguments.log, arguments.ends)
    try:
        with log, ModelDouble(chosen, port=arguments.port, on_request=log.request, on_end=log.end) as double:
            print(f"listening on {double.base_url}", flush=True)
            ended.wait()
    except AssertionError as error:
        print(f"{error}: {error.__cause__!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
