"""The real server with shorter pauses, so that a test need not wait for minutes: `python fast_server.py SECONDS`."""

import sys

from caretwise.cli import main
from caretwise.engine import breaker

breaker.FIRST_PAUSE = float(sys.argv.pop(1))
sys.argv[:] = ["caretwise", "serve"]
sys.exit(main())
