"""The same code on the services of a Debian server: PostgreSQL 15 and RabbitMQ, both on test ports of their own.

Run by `.ci/run` as `bin/setup smoke`; needs the packages postgresql-15 and rabbitmq-server.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from hoopai.launch import foreground
from hoopai.launch.embedded import ROOT, environment
from hoopai.launch.folder import Folder
from hoopai.launch.programs import worker
from hoopai.launch.rabbitmq import RabbitMQ
from hoopai.launch.run import Interrupted
from hoopai.launch.steps import Problem, note, step
from hoopai.launch.testing import SETTINGS, pytest, services_for_tests

# What speaks SQL; pages and the launcher are the same on every server.
TESTS = ("-q", "-m", "smoke or not browser", "core", "journal", "accounts", "oauth", "objects", "contacts")
# Django's own table of groups and permissions, which nothing uses, has an id of another width.
DEFINITIONS = """
SELECT table_name, column_name, data_type, character_maximum_length::text, is_nullable, column_default,
    coalesce(collation_name, '') || coalesce(generation_expression, '')
FROM information_schema.columns
WHERE table_schema = 'public' AND (table_name, column_name) <> ('auth_group_permissions', 'id')
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', '' FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '', '' FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL SELECT proname, prosrc, '', '', '', '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
BINARIES = Path(os.environ.get("POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))


def main(arguments: list[str]) -> int:
    """Migrate, run the tests that speak SQL and send a task through the broker; returns 1 if any of it fails."""
    if not (BINARIES / "postgres").exists():
        raise Problem(
            f"There is no PostgreSQL in {BINARIES}.",
            "apt-get install postgresql-15, or name another with POSTGRES_BIN.",
        )
    try:
        with services_for_tests(BINARIES) as services:
            assert services.postgres
            with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
                note(f"  PostgreSQL {connection.info.parameter_status('server_version')}")
            broker = RabbitMQ(services.folder.path / "rabbitmq")
            try:
                with step("Starting RabbitMQ"):
                    broker.start()
                settings = services.settings(**SETTINGS) | {"BROKER_URL": broker.url}
                with step("Migrating"):
                    migrated = manage(settings, "migrate", "--verbosity", "0")
                with step("Comparing the tables with those that the migrations make"):
                    differs = compare(services.postgres.url, settings)
                tested = pytest(settings, arguments or [*TESTS])
                answered = round_trip(services.folder, settings)
            finally:
                broker.stop()
    except Interrupted:
        return 130
    return int(any((migrated, differs, tested, answered)))


def manage(settings: dict[str, str], *arguments: str) -> int:
    return foreground.run([sys.executable, "manage.py", *arguments], environment(settings), ROOT)


def compare(url: str, settings: dict[str, str]) -> int:
    """Whether the tables that were made in one go differ from what the migrations make step by step; says where."""
    other = urlsplit(url)._replace(path="/stepwise").geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE stepwise")
    if manage(settings | {"DATABASE_URL": other}, "migrate", "--verbosity", "0", "--stepwise"):
        return 1
    made, stepwise = definitions(url), definitions(other)
    for line in sorted(made ^ stepwise):
        note(f"  only {'in one go' if line in made else 'step by step'}: {line}")
    return int(made != stepwise)


def definitions(url: str) -> set[str]:
    """Columns, constraints, indexes, triggers and functions, a line each."""
    with psycopg.connect(url) as connection:
        return {" ".join(str(part) for part in row) for row in connection.execute(DEFINITIONS).fetchall()}


def round_trip(folder: Folder, settings: dict[str, str]) -> int:
    """One task to each queue, through the broker, to a real worker."""
    runner = worker(folder, environment(settings), "--include", "hoopai.launch.probe")
    runner.start()
    try:
        code = foreground.run([sys.executable, "-P", "-m", "hoopai.launch.probe"], environment(settings), ROOT)
        if code:
            note(runner.last_words())
        return code
    finally:
        runner.stop()
