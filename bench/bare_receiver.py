"""A receiver of webhooks on several ports: answers at once, some ports fail or hang as asked.

`python -m bench.bare_receiver 200 500:30 hang`: one port each that is always good, fails 30 of 100, never answers.
Prints the ports on one line.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from aiohttp import web


async def serve(kinds: list[str]) -> None:
    ports = []
    for kind in kinds:
        app = web.Application()
        app.router.add_post("/hooks", _answering(kind))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        ports.append(runner.addresses[0][1])
    print(*ports, flush=True)
    await asyncio.Event().wait()


def _answering(kind: str):  # type: ignore[no-untyped-def]
    share = int(kind.partition(":")[2] or 0)
    turn = itertools.count()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if kind == "hang":
            await asyncio.sleep(3600)
        return web.Response(status=500 if next(turn) % 100 < share else 200)

    return answer


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
