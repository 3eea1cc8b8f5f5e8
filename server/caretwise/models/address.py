"""The address of an API: what may stand there, and which host it names."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_USER = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?[^/?#]*@", re.IGNORECASE)


def address_fault(address: str) -> str:
    """What is wrong with a base URL; "" when nothing is. It may hold a secret, so the sentence does not repeat it."""
    if _USER.match(address):
        return "the address holds a user name or password; name an environment variable with the key instead"
    if "?" in address:
        return (
            "the address has a query string (from the ? on); leave it out, a key belongs into an environment variable"
        )
    if "#" in address:
        return "the address has a fragment (from the # on); leave it out"
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is no number or too large
    except ValueError:
        return "this is no address; http://localhost:8000/v1 would be one"
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(map(str.isspace, address)):
        return "this is no address; it would begin with http:// or https:// and a host name"
    return ""
