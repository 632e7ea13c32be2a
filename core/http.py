"""Outgoing HTTP: a time-out on everything, a size cap, no redirects, and no way to a private address."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

MOST = 1024 * 1024
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # the rest maps IPv4 addresses, is local, or goes nowhere


class Unreachable(Exception):
    """The address is refused or did not answer; the message says which."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet and carries no other address within."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    return found in GLOBAL_UNICAST and found.is_global and found.sixtofour is None and found.teredo is None


def resolve(host: str, port: int) -> str:
    """The one address to connect to, checked after resolution so that a name cannot change its mind.

    Raises:
        Unreachable: the name does not resolve, or any of its addresses is not public.
    """
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} does not resolve") from error
    for address in found:
        if not is_public(address) and address not in settings.HTTP_PRIVATE_ADDRESSES:
            raise Unreachable(f"{host} is not a public address")
    return sorted(found)[0]


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 10.0,
    most: int = MOST,
) -> Answer:
    """One request. Follows no redirect; reads at most `most` bytes; `timeout` in seconds for connecting and reading.

    Raises:
        Unreachable: refused address, wrong scheme, no answer in time, or an answer that is too large.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Unreachable("not a web address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise Unreachable("only plain http and https addresses are called")
    address = resolve(parts.hostname, port)
    limit = urllib3.Timeout(connect=min(timeout, 5.0), read=timeout, total=timeout)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=limit, retries=False, server_hostname=parts.hostname, assert_hostname=parts.hostname
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=limit, retries=False)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    sent = {"Host": parts.netloc, "User-Agent": "HoopAI", **(headers or {})}
    try:
        reply = pool.urlopen(method, target, body=body, headers=sent, redirect=False, preload_content=False)
        try:
            content = reply.read(most + 1)
        finally:
            reply.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"{parts.hostname} did not answer: {error}") from error
    finally:
        pool.close()
    if len(content) > most:
        raise Unreachable(f"{parts.hostname} answered with more than {most} bytes")
    return Answer(reply.status, dict(reply.headers), content)
