"""Real model servers on this machine, and the real caretwise against them: `python -m tests.real_servers --help`.

Not part of the everyday tests: getting and building the servers takes an hour, and four gigabytes.
"""
