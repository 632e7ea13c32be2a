"""The floor of sending: an aiohttp loop that posts ready bytes, `python -m bench.bare_poster COUNT URL…`. Prints seconds.

The bodies come on standard input, as a JSON list; each goes to every address with the headers of a signed delivery.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

AT_ONCE = 50  # per address
HEADERS = {"Content-Type": "application/json", "X-GHL-Signature": "A" * 88, "User-Agent": "bare"}


async def post(count: int, urls: list[str], bodies: list[bytes]) -> float:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, skip_auto_headers=("Accept", "Accept-Encoding")) as session:

        async def run(url: str, turns) -> None:  # type: ignore[no-untyped-def]
            for turn in turns:
                async with session.post(url, data=bodies[turn % len(bodies)], headers=HEADERS) as reply:
                    await reply.read()

        began = time.perf_counter()
        await asyncio.gather(
            *(run(url, turns) for url in urls for turns in [iter(range(count))] for _ in range(AT_ONCE))
        )
        return time.perf_counter() - began


if __name__ == "__main__":
    given = [text.encode() for text in json.load(sys.stdin)]
    print(asyncio.run(post(int(sys.argv[1]), sys.argv[2:], given)))
