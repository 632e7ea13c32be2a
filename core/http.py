"""Outgoing HTTP: a time-out on everything, a size cap, no redirects, and no way to a private address."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings

MOST = 1024 * 1024
CUT_AT = 64 * 1024  # of answers that are kept for people to read, not worked with
PIECE = 16 * 1024
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # the rest maps IPv4 addresses, is local, or goes nowhere


class Unreachable(Exception):
    """The address is refused or did not answer; the message says which."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet and carries no other address within."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    return found in GLOBAL_UNICAST and found.is_global and found.sixtofour is None and found.teredo is None


def resolve(host: str, port: int, is_own: bool = False) -> str:
    """The one address to connect to, checked after resolution so that a name cannot change its mind.

    Raises:
        Unreachable: the name does not resolve, or any of its addresses is not public.
    """
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} does not resolve") from error
    return sorted(found)[0] if is_own else allowed(host, found)


def allowed(host: str, addresses: Iterable[str]) -> str:
    """The address to connect to, of those that a name stands for.

    Raises:
        Unreachable: any of them is not public and not named in HTTP_PRIVATE_ADDRESSES.
    """
    found = set(addresses)
    for address in found:
        if not is_public(address) and address not in settings.HTTP_PRIVATE_ADDRESSES:
            raise Unreachable(f"{host} is not a public address")
    return sorted(found)[0]


def target(url: str) -> tuple[SplitResult, int]:
    """The parts and the port of an address that may be called.

    Raises:
        Unreachable: it is no plain http or https address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Unreachable("not a web address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise Unreachable("only plain http and https addresses are called")
    return parts, port


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 10.0,
    most: int = MOST,
    cut: bool = False,
    is_own: bool = False,
) -> Answer:
    """One request. Follows no redirect; `timeout` in seconds is for all of it, from connecting to the last byte.

    Args:
        most: bytes of the answer that are read; see CUT_AT.
        is_own: the address is this installation's own, never one that somebody typed, and may be private.
        cut: return the first `most` bytes of a larger answer instead of refusing it.

    Raises:
        Unreachable: refused address, wrong scheme, no answer in time, or an answer that is too large.
    """
    ends = time.monotonic() + timeout
    parts, port = target(url)
    assert parts.hostname
    address = resolve(parts.hostname, port, is_own)
    limit = urllib3.Timeout(connect=min(timeout, 5.0), read=timeout, total=timeout)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=limit, retries=False, server_hostname=parts.hostname, assert_hostname=parts.hostname
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=limit, retries=False)
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    sent = {"Host": parts.netloc, "User-Agent": "HoopAI", **(headers or {})}
    try:
        reply = pool.urlopen(method, path, body=body, headers=sent, redirect=False, preload_content=False)
        content = b""
        try:
            while len(content) <= most and (piece := reply.read1(PIECE)):
                content += piece
                if time.monotonic() > ends:  # a server that drips bytes meets every single read's time-out
                    raise Unreachable(f"{parts.hostname} did not finish its answer in {timeout:g} seconds")
        finally:
            reply.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"{parts.hostname} did not answer: {error}") from error
    finally:
        pool.close()
    if len(content) > most and not cut:
        raise Unreachable(f"{parts.hostname} answered with more than {most} bytes")
    return Answer(reply.status, dict(reply.headers), content[:most])
