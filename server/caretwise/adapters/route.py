"""Which way a request takes: straight, or through a proxy. Decided here and nowhere else, so that `doctor` can say it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from caretwise.models.own_hosts import is_loopback, not_own

_SOCKS = ("socks5", "socks5h")
_PROXIES = ("http", "https", *_SOCKS)


def proxy_of(base_url: str, setting: str) -> str:
    """The proxy for an address: the setting, else the environment's (with its `NO_PROXY`); "" for none.

    This machine itself is never asked through a proxy: that would send to another machine what was meant to stay.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return ""
    if setting:
        return setting
    # Imported when it is needed: it brings http.client and ssl along, which the server's start has no use for.
    request: Any = importlib.import_module("urllib.request")
    if request.proxy_bypass(f"{host}:{parts.port}" if parts.port else host) or request.proxy_bypass(host):
        return ""
    known = request.getproxies()
    found = (known.get(parts.scheme) or known.get("all") or "").strip()
    return found if not found or "://" in found else f"http://{found}"


def proxy_fault(proxy: str) -> str:
    """Why a proxy cannot be used, in a sentence; "" when it can, or when there is none."""
    if not proxy:
        return ""
    try:
        parts = urlsplit(proxy)
        good = bool(parts.hostname) and parts.port != 0 and parts.scheme in _PROXIES  # a port of letters raises
    except ValueError:
        good = False
    else:
        if good and parts.scheme in _SOCKS and importlib.util.find_spec("socksio") is None:
            return (
                f"The proxy {shown(proxy)} speaks SOCKS, for which the package socksio is missing beside caretwise "
                "(pipx inject caretwise socksio); or name a proxy that speaks HTTP as proxy in your configuration."
            )
    if good:
        return ""
    return (
        "The proxy that is named (proxy in your configuration, else HTTP_PROXY, HTTPS_PROXY or ALL_PROXY) has no address "
        "that can be used; http://proxy.example:3128 would be one."
    )


def shown(proxy: str) -> str:
    """A proxy's address without the user name and password that it may hold."""
    try:
        parts = urlsplit(proxy)
        return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "(an address that cannot be read)"


def forbidden(base_url: str, proxy: str, own_hosts: Sequence[str]) -> str:
    """Why `self_hosted_only` forbids an address, or the way to it; "" when it does not."""
    fault = not_own(base_url, own_hosts)
    through = proxy_of(base_url, proxy)
    if fault or not through:
        return fault
    fault = not_own(through, own_hosts)
    return f"the way there leads through the proxy {shown(through)}: {fault}" if fault else ""
