"""Outgoing HTTP, many requests at a time: the rules of `core.http`, in an event loop on a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import aiohttp
import uvloop
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from core.http import CUT_AT, Answer, Unreachable, allowed, target


@dataclass(slots=True)
class Post:
    """One POST to be made. `answer` or `error` is set when it comes back; `seconds` is how long it took."""

    key: Any  # the caller's own
    url: str
    body: bytes
    headers: dict[str, str]
    timeout: float = 10.0  # seconds, from connecting to the last byte
    not_after: float = field(default=float("inf"))  # of time.monotonic(): started later, it is not sent at all
    answer: Answer | None = None
    error: str = ""
    is_refused: bool = False  # the address may not be called, now or ever
    is_late: bool = False
    seconds: float = 0.0


class Pinned(AbstractResolver):
    """Looks names up once and lets the connection go only to the address that was checked."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise OSError(f"{host} does not resolve") from error
        address = allowed(host, {str(row[4][0]) for row in rows})
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Wire:
    """Sends posts from a thread of its own. `with Wire() as wire: wire.post([...]); for done in wire.collect(1.0): ...`"""

    def __init__(self, per_host: int = 100) -> None:
        self.per_host = per_host
        self.in_flight = 0
        self._done: queue.SimpleQueue[Post] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outgoing http", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def post(self, posts: Iterable[Post]) -> None:
        """Start these; returns at once."""
        batch = list(posts)
        self.in_flight += len(batch)
        if batch:
            self._loop.call_soon_threadsafe(self._begin, batch)

    def collect(self, patience: float) -> list[Post]:
        """What has come back; waits up to `patience` seconds for the first, and not at all when nothing is under way."""
        found: list[Post] = []
        try:
            if self.in_flight:
                found.append(self._done.get(timeout=patience))
            while True:
                found.append(self._done.get_nowait())
        except queue.Empty:
            pass
        self.in_flight -= len(found)
        return found

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        connector = aiohttp.TCPConnector(
            resolver=Pinned(),
            socket_factory=_checked_socket,
            limit=0,
            limit_per_host=self.per_host,
            ttl_dns_cache=60,
            keepalive_timeout=30,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding"),
        ) as self._session:
            self._ready.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()

    def _begin(self, posts: list[Post]) -> None:
        for post in posts:
            task = self._loop.create_task(self._send(post))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, post: Post) -> None:
        began = time.monotonic()
        try:
            if began > post.not_after:
                post.is_late = True
                return
            target(post.url)
            limit = _timeout(post.timeout)
            async with self._session.post(
                post.url, data=post.body, headers=post.headers, allow_redirects=False, timeout=limit
            ) as reply:
                size = reply.content_length
                content = await (reply.read() if size is not None and size < CUT_AT else _beginning(reply))
                post.answer = Answer(reply.status, reply.headers, content)
        except Unreachable as error:
            post.error, post.is_refused = str(error), True
        except TimeoutError:
            post.error = f"no answer within {post.timeout:g} seconds"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, Unreachable) else None
            post.error = (str(cause or error) or type(error).__name__)[:300]
            post.is_refused = cause is not None
        finally:
            post.seconds = time.monotonic() - began
            self._done.put(post)


async def _beginning(reply: aiohttp.ClientResponse) -> bytes:
    """The first bytes of an answer that may have no end."""
    content = b""
    while len(content) < CUT_AT and (piece := await reply.content.readany()):
        content += piece
    if len(content) >= CUT_AT:
        reply.close()  # the rest is not wanted, and the connection cannot be used before it is read
    return content[:CUT_AT]


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, 5.0))


def _checked_socket(address: AddrInfoType) -> socket.socket:
    """The socket of a connection. The resolver never sees an address written as a number, nor one that only becomes a
    number when the client folds other digits and dots ("１２７。0。0。1"), so what is connected to is checked here.

    Raises:
        Unreachable: it may not be called.
    """
    host = str(address[4][0])
    try:
        allowed(host, {host})
    except ValueError as error:
        raise Unreachable(f"{host} is no address") from error
    return socket.socket(*address[:3])
