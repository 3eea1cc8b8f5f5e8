"""What is wrong with TLS, in words that say what to do."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

_OWN_AUTHORITY = "For an authority of your own name its file as ca_bundle; behind a proxy that opens TLS, the proxy's."

_CERTIFICATE = {
    9: "is not valid yet. Is the clock of this machine right?",
    10: "has expired: whoever runs the host has to renew it. (A clock of this machine that is wrong looks the same.)",
    62: "was made for another name. Write the name that it was made for into base_url.",
    64: "was made for another address. Write the name that it was made for into base_url.",
}
"""What OpenSSL finds wrong with a certificate, by its number."""

_NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "RECORD_LAYER_FAILURE"}
"""What OpenSSL says when the other side answered with something that is no TLS at all."""


def tls_fault(errors: Sequence[BaseException], host: str) -> str:
    """What the errors (see `causes.causes`) say of a host's TLS; "" when nothing is wrong with that."""
    # A handshake that was only waited for shows as an error of TLS, too.
    waiting = ssl.SSLWantReadError, ssl.SSLWantWriteError
    found = [one for one in errors if isinstance(one, ssl.SSLError) and not isinstance(one, waiting)]
    if not found:
        return ""
    codes = [getattr(one, "verify_code", 0) for one in found]
    known = next((_CERTIFICATE[code] for code in codes if code in _CERTIFICATE), "")
    if known:
        return f"The certificate of {host} {known}"
    if any(one.reason in _NO_TLS for one in found):
        return f"{host} does not speak TLS: base_url begins with https://; if the server has no TLS, write http://."
    return f"The certificate of {host} is not trusted, or its TLS cannot be spoken. {_OWN_AUTHORITY}"
