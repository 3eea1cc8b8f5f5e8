"""Which hosts count as the user's own: this machine, private address ranges, and what `own_hosts` names.

Names are not looked up: asking for an address would already be a connection, and an answer can change. A name is its
user's own only when `own_hosts` says so.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

_PRIVATE = tuple(
    ipaddress.ip_network(one)
    # Loopback; RFC 1918; RFC 4193. Not link-local: nobody serves a model there, and clouds keep credentials there.
    for one in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    name = _plain(host)
    address = _address(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def is_own(host: str, own_hosts: Sequence[str]) -> bool:
    """Whether a host is loopback, in a private range, or named in `own_hosts` (see `own_host_fault` for the forms)."""
    name = _plain(host)
    if not name:
        return False
    if name == "localhost":
        return True
    address = _address(name)
    if address is not None:
        return any(address in network for network in _PRIVATE) or any(_holds(one, address) for one in own_hosts)
    return any(_names(_plain(one), name) for one in own_hosts)


def not_own(address: str, own_hosts: Sequence[str]) -> str:
    """Why nothing may be sent to an address while `self_hosted_only` is set; "" when it may."""
    host = urlsplit(address).hostname or ""
    if is_own(host, own_hosts):
        return ""
    return (
        f"self_hosted_only is set, and {host} is neither this machine, nor in a private address range, nor named in "
        "own_hosts; nothing is sent there"
    )


def own_host_fault(entry: str) -> str:
    """What is wrong with an entry of `own_hosts`; "" when nothing is."""
    name = _plain(entry)
    network = _network(name)
    if network is not None and network.prefixlen > 0:
        return ""
    parts = name.removeprefix("*.").split(".")
    # "*" and "*.com" would be a door for everybody.
    wide = name.startswith("*") and len(parts) < 2
    if wide or not all(part and all(one.isalnum() or one in "-_" for one in part) for part in parts):
        return f"{entry!r} is no host; gpu-box, *.lab.example, 203.0.113.7 or 100.64.0.0/10 would be one (no port, no http)"
    return ""


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    network = _network(_plain(entry))
    return network is not None and address in network


def _names(entry: str, name: str) -> bool:
    return name.endswith(entry[1:]) if entry.startswith("*.") else name == entry
