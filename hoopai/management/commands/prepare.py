import contextlib
import hashlib
import io
import json
import traceback
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hoopai.demo import load
from hoopai.launch.steps import step


class Command(BaseCommand):
    help = "Gets the tables, the static files and the demo ready; bin/run does this on every start. Prints JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="load no demo company")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            migrate()
            collect_static()
            self.stdout.write(json.dumps({} if options["no_demo"] else demo()))
        except CommandError:
            raise
        except Exception as error:
            log = Path(settings.DATA) / "logs" / "prepare.log"
            log.write_text(traceback.format_exc())
            raise CommandError(f"{type(error).__name__}: {error}\nThe whole story is in {log}.") from error


def migrate() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        with step(f"Bringing the database up to date ({len(waiting)} migrations)"):
            call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Copy, hash and compress the static files, when any of them has changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.stamp")
    wanted = fingerprint()
    if root.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return
    with step("Collecting the static files"):
        call_command("collectstatic", interactive=False, verbosity=0, clear=root.is_dir(), stdout=io.StringIO())
        stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes when a static file is added, removed or written to, or when the way they are stored changes."""
    seen = hashlib.sha256(json.dumps(settings.STORAGES["staticfiles"], sort_keys=True).encode())
    for finder in get_finders():
        for name, storage in finder.list(None):
            facts = Path(storage.path(name)).stat()
            seen.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
    return seen.hexdigest()


def demo() -> dict[str, Any]:
    """Load the demo company into an empty installation; returns what `manage.py demo --json` prints.

    Where people work already, its well-known passwords have no place.
    """
    is_there = load.present() is not None
    if not is_there and get_user_model()._base_manager.exists():
        return {}
    told = io.StringIO()
    with contextlib.nullcontext() if is_there else step("Loading the demo company"):
        call_command("demo", json=True, stdout=told)
    found: dict[str, Any] = json.loads(told.getvalue().strip().splitlines()[-1])
    return found
