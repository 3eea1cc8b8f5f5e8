"""Disk, network, clock and processes. What the engine sees of them are the protocols in `ports.py`."""
