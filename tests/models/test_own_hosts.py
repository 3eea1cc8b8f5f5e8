"""`self_hosted_only`: which hosts are one's own."""

import pytest

from caretwise.models.own_hosts import is_loopback, is_own, not_own, own_host_fault


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "10.1.2.3", "172.16.0.1", "172.31.255.255",
     "192.168.1.1", "fd00::1", "::ffff:192.168.1.1"],
)  # fmt: skip
def test_this_machine_and_private_ranges_are_own(host):
    assert is_own(host, ())


@pytest.mark.parametrize(
    "host",
    ["", "api.moonshot.ai", "gpu-box", "8.8.8.8", "172.32.0.1", "192.169.0.1", "169.254.169.254", "fe80::1", "2001:db8::1",
     "::ffff:8.8.8.8", "0.0.0.0", "localhost.evil.example", "127.0.0.1.evil.example", "2130706433", "0x7f000001", "127.1",
     "localhost@evil.example", "１２７.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_everything_else_is_not(host):
    assert not is_own(host, ())


def test_what_own_hosts_names_is_own_and_nothing_beside_it():
    own = ("gpu-box", "*.lab.example", "203.0.113.7", "100.64.0.0/10")
    for host in ("gpu-box", "GPU-Box.", "a.lab.example", "a.b.lab.example", "203.0.113.7", "100.100.1.1"):
        assert is_own(host, own), host
    for host in ("gpu-box.example", "lab.example", "evillab.example", "203.0.113.8", "100.128.0.1", "xgpu-box"):
        assert not is_own(host, own), host


@pytest.mark.parametrize(
    "entry", ["*", "*.com", "", "http://gpu-box", "gpu-box:8000", "a b", "*.*", "0.0.0.0/0", "::/0", "a..b"]
)
def test_what_is_no_host_is_refused(entry):
    assert own_host_fault(entry)


@pytest.mark.parametrize("entry", ["gpu-box", "*.lab.example", "203.0.113.7", "100.64.0.0/10", "2001:db8::1", "a_b"])
def test_what_is_a_host_is_taken(entry):
    assert own_host_fault(entry) == ""


def test_the_reason_names_host_and_setting():
    assert not_own("http://127.0.0.1:8000/v1", ()) == ""
    assert "api.moonshot.ai" in not_own("https://api.moonshot.ai/v1", ())
    assert "self_hosted_only" in not_own("https://user@127.0.0.1@evil.example/v1", ())


def test_loopback():
    assert is_loopback("localhost")
    assert is_loopback("127.0.0.9")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("gpu-box")
