"""Starlette and psycopg reading the same row: the least a Python server can do."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager

import orjson
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

pool: AsyncConnectionPool


@asynccontextmanager
async def opened(app: Starlette):  # type: ignore[no-untyped-def]
    global pool
    async with AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8) as pool:
        yield


async def contact(request: Request) -> Response:
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("SELECT * FROM contacts_contact WHERE id = %s", [request.path_params["pk"]])
        row = await cursor.fetchone()
    return Response(orjson.dumps(row), media_type="application/json")


application = Starlette(routes=[Route("/contacts/{pk}", contact)], lifespan=opened)
