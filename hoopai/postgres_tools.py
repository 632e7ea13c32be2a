"""pg_dump and pg_restore on our database, and the exchange of one database for another."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
from django.core.management import CommandError
from django.db import connection
from psycopg import sql

from hoopai.launch.postgres import embedded_binaries
from hoopai.launch.steps import Problem

LIMIT = 6 * 3600.0  # seconds for one tool
PATIENCE = 3.0  # seconds
T = TypeVar("T")


def dump(target: Path, snapshot: str) -> None:
    """Write the database, as of an exported snapshot, in the custom format."""
    run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")


def check(path: Path, *, tables: int) -> None:
    """Raises CommandError unless the dump can be read and holds that many tables."""
    listed = run("pg_restore", "--list", str(path), connect=False)
    found = sum(" TABLE DATA " in line for line in listed.splitlines())
    if found != tables:
        raise CommandError(f"The dump holds {found} of {tables} tables; it was thrown away.")


def load(path: Path, database: str) -> None:
    run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={database}", str(path))


def refuse_while_in_use() -> None:
    """Raises CommandError while anybody else is connected; a connection that is just closing gets a moment."""
    leave()
    deadline = time.monotonic() + PATIENCE
    while others_connected():
        if time.monotonic() > deadline:
            raise CommandError("The database is in use. Stop HoopAI (and every open database shell) first.")
        time.sleep(0.1)


def others_connected() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database beside ours; dropped again unless it was put in place."""
    name = f"{connection.settings_dict['NAME']}_fresh_{secrets.token_hex(4)}"
    administer(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        administer(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def counting_in(database: str, count: Callable[[], T]) -> T:
    """`count()` with our connection pointed at another database for the moment."""
    ours = connection.settings_dict["NAME"]
    leave()
    connection.settings_dict["NAME"] = database
    try:
        return count()
    finally:
        leave()
        connection.settings_dict["NAME"] = ours


def put_in_place(fresh: str) -> None:
    """Give `fresh` the name of our database; the former one is dropped only after that worked."""
    ours = str(connection.settings_dict["NAME"])
    former = f"{ours}_former_{secrets.token_hex(4)}"
    leave()
    rename(ours, former)
    try:
        rename(fresh, ours)
    except psycopg.Error:
        rename(former, ours)
        raise
    administer(sql.SQL("DROP DATABASE {}").format(sql.Identifier(former)))


def rename(database: str, name: str) -> None:
    administer(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(database), sql.Identifier(name)))


def leave() -> None:
    """Close this process's connections for good: without its pool it holds at most one, and none after this."""
    connection.close()
    if connection.settings_dict["OPTIONS"].get("pool"):
        connection.close_pool()
        connection.settings_dict["OPTIONS"].pop("pool")


def administer(statement: sql.Composed) -> None:
    """Run one statement outside our database. Raises CommandError when our role may not."""
    where = connection.settings_dict
    try:
        with psycopg.connect(
            host=where["HOST"],
            port=where["PORT"] or None,
            user=where["USER"],
            password=where["PASSWORD"],
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
            **tls(),
        ) as elsewhere:
            elsewhere.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise CommandError(f"The database role may not do this ({error}). Give it CREATEDB for the restore.") from error


def run(tool: str, *arguments: str, connect: bool = True) -> str:
    """Run a PostgreSQL program against our server; returns what it printed. Raises CommandError with its message."""
    where = connection.settings_dict
    command = [str(program(tool)), *arguments]
    if connect:
        command += [f"--host={where['HOST']}", f"--port={where['PORT'] or 5432}", f"--username={where['USER']}"]
        if not any(argument.startswith("--dbname") for argument in arguments):
            command.append(f"--dbname={where['NAME']}")
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "PGPASSWORD": where["PASSWORD"],
            **{f"PG{name.upper()}": value for name, value in tls().items()},
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    if done.returncode:
        raise CommandError(f"{tool} failed: {done.stderr.strip()[-1500:]}")
    return done.stdout


def tls() -> dict[str, str]:
    """How the connection is to be encrypted, from the options of DATABASE_URL."""
    options = connection.settings_dict["OPTIONS"]
    return {name: options[name] for name in ("sslmode", "sslrootcert", "sslcert", "sslkey") if name in options}


def program(tool: str) -> Path:
    """The embedded program, which is the newest; the system's where TLS is wanted, which the embedded one lacks."""
    found = shutil.which(tool)
    if found and tls():
        return Path(found)
    try:
        return embedded_binaries() / tool
    except Problem:
        if not found:
            raise CommandError(f"{tool} is not on this machine: install PostgreSQL's client programs.") from None
        return Path(found)
