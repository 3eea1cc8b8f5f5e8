"""Private authorities and proxies: a TLS server with a certificate of its own, and a CONNECT proxy, both on loopback."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from tests.adapters.fronts import ConnectProxy, TlsFront
from tests.doubles import ModelDouble
from tests.doubles.behaviours import behaviour

from caretwise.adapters.endpoint import OpenAIEndpoint
from caretwise.adapters.ports import Connection
from caretwise.adapters.resources import catalog
from caretwise.adapters.route import proxy_of, shown
from caretwise.models.catalog import ModelChoice
from caretwise.models.failure import Failure, FailureKind
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

KEY = "sk-moonshot-test"
NAME = "models.caretwise.test"
"""A name that no DNS knows: only a proxy can find it."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Our own authority")


@pytest.fixture
def bundle(authority, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def host(authority):
    """A Kimi double behind TLS; gives the front and the double."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", NAME).configure_cert(context)
    with ModelDouble(behaviour("moonshot")) as double, TlsFront(context, double.port) as front:
        yield front, double


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in (*PROXIES, *map(str.lower, PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def profile(base_url: str) -> Profile:
    found = catalog().resolve(ModelChoice("tested", "kimi-k2.6", base_url, "moonshot"))
    assert isinstance(found, Profile)
    return found


@asynccontextmanager
async def adapter(proxy: str = "", ca_bundle: str = ""):
    made = OpenAIEndpoint(lambda _: KEY, proxy=proxy, ca_bundle=ca_bundle)
    try:
        yield made
    finally:
        await made.close()


async def ask(base_url: str, **options: str):
    async with adapter(**options) as made:
        wanted = Ask(Role.INLINE, messages=(("user", "def area(width, height):\n    return "),))
        return await made.exchange(build(profile(base_url), wanted), lambda _: False, seconds=10)


async def test_a_private_authority_is_trusted_when_it_is_named(host, bundle):
    front, double = host
    exchange = await ask(f"https://localhost:{front.port}/v1", ca_bundle=bundle)
    assert exchange.failure is None
    assert "width * height" in exchange.text
    assert double.requests[0].bearer == KEY


async def test_a_private_authority_may_come_from_the_environment(host, bundle, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert (await ask(f"https://localhost:{host[0].port}/v1")).failure is None


async def test_an_unknown_authority_is_refused_before_the_key_is_sent(host):
    front, double = host
    exchange = await ask(f"https://localhost:{front.port}/v1")
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.OFFLINE
    assert "certificate" in exchange.failure.sentence
    assert "ca_bundle" in exchange.failure.sentence
    assert not double.requests


async def test_a_certificate_for_another_name_is_refused(authority, bundle):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(context)
    with ModelDouble(behaviour("moonshot")) as double, TlsFront(context, double.port) as front:
        exchange = await ask(f"https://localhost:{front.port}/v1", ca_bundle=bundle)
        assert exchange.failure is not None
        assert "certificate" in exchange.failure.sentence
        assert not double.requests


async def test_a_bundle_that_is_not_there_is_said(host):
    exchange = await ask(f"https://localhost:{host[0].port}/v1", ca_bundle="/nowhere/ca.pem")
    assert exchange.failure is not None
    assert "ca_bundle" in exchange.failure.sentence


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("names", "validity", "words"),
    [
        (["localhost"], (NOW - timedelta(days=9), NOW - timedelta(days=1)), "has expired"),
        (["localhost"], (NOW + timedelta(days=1), NOW + timedelta(days=9)), "is not valid yet"),
        (["elsewhere.test"], (None, None), "was made for another name"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(authority, bundle, names, validity, words):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_before=validity[0], not_after=validity[1]).configure_cert(context)
    with ModelDouble(behaviour("moonshot")) as double, TlsFront(context, double.port) as front:
        exchange = await ask(f"https://localhost:{front.port}/v1", ca_bundle=bundle)
        assert exchange.failure is not None
        assert f"The certificate of localhost:{front.port} {words}" in exchange.failure.sentence
        assert "ca_bundle" not in exchange.failure.sentence
        assert not double.requests


async def test_a_host_without_tls_is_said():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        exchange = await ask(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    assert exchange.failure is not None
    assert "does not speak TLS" in exchange.failure.sentence
    assert "http://" in exchange.failure.sentence


async def test_authorities_that_cannot_be_read_are_named_and_matter_to_tls_alone(host, tmp_path, monkeypatch):
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificates")
    secure, plain = f"https://localhost:{host[0].port}/v1", host[1].base_url
    refused = (await ask(secure, ca_bundle=str(junk))).failure
    assert refused is not None
    assert "ca_bundle in your configuration holds no certificates" in refused.sentence
    assert (await ask(plain, ca_bundle=str(junk))).failure is None
    for path, words in ((junk, "holds no certificates"), (tmp_path / "nowhere.pem", "cannot be read")):
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        refused = (await ask(secure)).failure
        assert refused is not None
        assert refused.sentence.startswith("SSL_CERT_FILE ")
        assert words in refused.sentence
        assert (await ask(plain)).failure is None


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://name:secret@127.0.0.1:9", "socks5://127.0.0.1:9 speaks SOCKS"),
        ("socks4://127.0.0.1:9", "no address that can be used"),
        ("ftp://name:secret@127.0.0.1:9", "no address that can be used"),
        ("http://127.0.0.1:99999", "no address that can be used"),
        ("http://[::1", "no address that can be used"),
        ("http://", "no address that can be used"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_said(monkeypatch, proxy, words):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    failure = (await ask(f"https://{NAME}/v1")).failure
    assert failure is not None
    assert failure.kind is FailureKind.OFFLINE
    assert words in failure.sentence
    assert "secret" not in failure.sentence


async def test_a_name_that_no_host_can_have_is_said():
    failure = (await ask("http://💩.test/v1")).failure
    assert failure is not None
    assert failure.kind is FailureKind.OFFLINE
    assert "base_url" in failure.sentence


@pytest.mark.parametrize("by", ["setting", "environment"])
async def test_a_proxy_is_asked_to_connect_and_sees_no_key(host, bundle, monkeypatch, by):
    front, double = host
    with ConnectProxy({NAME: front.port}) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", address)
        exchange = await ask(f"https://{NAME}/v1", proxy=address if by == "setting" else "", ca_bundle=bundle)
        assert exchange.failure is None, exchange.failure
        assert proxy.asked == [f"CONNECT {NAME}:443"]
        assert all(KEY not in head for head in proxy.heads)
    assert double.requests[0].bearer == KEY


async def test_a_proxy_that_refuses_is_said(host, bundle):
    with ConnectProxy({}, refuse=True) as proxy:
        exchange = await ask(f"https://{NAME}/v1", proxy=f"http://127.0.0.1:{proxy.port}", ca_bundle=bundle)
        assert exchange.failure is not None
        assert "proxy" in exchange.failure.sentence


async def test_this_machine_is_never_asked_through_a_proxy(monkeypatch):
    with ModelDouble(behaviour("moonshot")) as double, ConnectProxy({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        exchange = await ask(double.base_url, proxy=f"http://127.0.0.1:{proxy.port}")
        assert exchange.failure is None
        assert proxy.connections == 0


async def test_the_way_is_seen_with_proxy_and_certificate(host, bundle):
    front, double = host
    with ConnectProxy({NAME: front.port}) as proxy:
        address = f"http://me:hidden@127.0.0.1:{proxy.port}"
        async with adapter(address, bundle) as made:
            way = await made.connection(profile(f"https://{NAME}/v1"), seconds=10)
    assert isinstance(way, Connection), way
    assert way.proxy == f"http://127.0.0.1:{proxy.port}"
    assert way.tls.startswith("TLSv1.3, ")
    assert way.issuer == "Our own authority"
    assert way.expires
    assert bundle in way.authorities
    assert [(one.method, one.bearer, one.body) for one in double.requests] == [("GET", None, b"")]


async def test_a_forbidden_host_is_not_connected_to():
    with ModelDouble(behaviour("moonshot")) as double:
        made = OpenAIEndpoint(lambda _: KEY, forbidden=lambda _: "it is not yours")
        there = profile(double.base_url)
        try:
            exchange = await made.exchange(build(there, Ask(Role.INLINE)), lambda _: False, seconds=5)
            found = [
                exchange.failure,
                await made.list_models(there, seconds=5),
                await made.connection(there, seconds=5),
            ]
        finally:
            await made.close()
        for one in found:
            assert isinstance(one, Failure)
            assert one.kind is FailureKind.NOT_OWN
            assert "it is not yours" in one.sentence
        assert double.connections == 0


@pytest.mark.parametrize(
    ("environ", "address", "wanted"),
    [
        ({}, "https://host/v1", ""),
        ({"HTTPS_PROXY": "http://p:1"}, "https://host/v1", "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://host/v1", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://host/v1", ""),
        ({"ALL_PROXY": "http://p:1"}, "https://host/v1", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "host"}, "https://host/v1", ""),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": ".example"}, "https://a.example/v1", ""),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://host/v1", ""),
        ({"ALL_PROXY": "http://p:1"}, "http://[::1]:80/v1", ""),
        ({"ALL_PROXY": "http://p:1"}, "http://127.0.0.2/v1", ""),
    ],
)
def test_the_environments_proxy(monkeypatch, environ, address, wanted):
    for name, value in environ.items():
        monkeypatch.setenv(name.lower(), value)
    assert proxy_of(address, "") == wanted


def test_the_setting_wins_and_its_password_is_not_shown(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://other:1")
    assert proxy_of("https://host/v1", "http://me:hidden@p:1") == "http://me:hidden@p:1"
    assert shown("http://me:hidden@p:1") == "http://p:1"
    assert "hidden" not in shown("http://me:hidden@p:port")
