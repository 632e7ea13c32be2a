"""Outgoing HTTP: no way to a private address, and no crash on an address that is none."""

from __future__ import annotations

import socket

import pytest

from core import http
from core.http_async import Post, Wire


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1",
        "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_known(address):
    assert not http.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_public_addresses_are_known(address):
    assert http.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "http://localhost:80/",
        "http://example.com:99999/", "http://example.com:x/", "http://[::1", "http://a..b/", f"http://{'a' * 70}.example/",
        "http://:secret@example.com/", "http://@example.com/", "ftp://example.com/", "file:///etc/passwd", "//x", "",
    ],
)  # fmt: skip
def test_what_may_not_be_called_is_refused_in_a_sentence(url):
    with pytest.raises(http.Unreachable):
        http.send("GET", url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "１２７。０。０。１", "2130706433", "127.1", "0", "0x7f000001",
        "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "localhost", "example.com\\@127.0.0.1",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_posted_to(host):
    """The client folds digits and dots of other scripts after the address was read, so the connection is checked too."""
    with socket.create_server(("127.0.0.1", 0)) as listening, Wire() as wire:
        listening.settimeout(0.05)
        post = Post("only", f"http://{host}:{listening.getsockname()[1]}/", b"{}", {}, 3.0)
        wire.post([post])
        while not wire.collect(5.0):
            pass
        assert post.answer is None and post.error
        with pytest.raises(TimeoutError):
            listening.accept()
