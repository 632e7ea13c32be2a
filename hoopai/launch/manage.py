"""`bin/manage`: manage.py with the services up, those of a running HoopAI where there is one."""

import os
import sys
import time
from pathlib import Path

import psycopg

from hoopai.launch import foreground
from hoopai.launch.child import guard
from hoopai.launch.embedded import ROOT, Services, environment
from hoopai.launch.folder import Folder, InUse
from hoopai.launch.run import Interrupted, Stopping, default_data
from hoopai.launch.steps import Problem, step

WAIT = 60.0  # seconds for another command on the same folder to finish
WITHOUT_TABLES = {"migrate", "makemigrations", "restore", "help", "check", "showmigrations", "sqlmigrate", "dbshell"}


def main(arguments: list[str]) -> int:
    """Run `manage.py ARGUMENTS`; returns its exit code. stdin and stdout are its own, progress goes to stderr."""
    path, arguments = data_folder(arguments)
    folder = Folder(path)
    folder.open()
    borrowed = take(folder)
    if borrowed is not None:
        return manage(borrowed, arguments)
    services = Services(folder)
    stopping = Stopping()
    try:
        services.start()
        settings = services.settings(DEBUG="0")
        folder.announce(settings)
        if services.postgres and not (arguments and arguments[0] in WITHOUT_TABLES) and not has_tables(services):
            with step("Making the tables"):
                if manage(settings, ["migrate", "--verbosity", "0"], stdout=2):
                    return 1
        return manage(settings, arguments)
    except Interrupted:
        return 130
    finally:
        stopping.asked = max(stopping.asked, 1)
        services.stop(stopping.in_a_hurry)
        guard.close()
        folder.unlock()


def data_folder(arguments: list[str]) -> tuple[Path, list[str]]:
    """`--data DIR` before the command names the folder, as for bin/run."""
    if arguments and arguments[0].startswith("--data="):
        return Path(arguments[0].removeprefix("--data=")), arguments[1:]
    if arguments and arguments[0] == "--data":
        if len(arguments) < 2:
            raise Problem("--data needs a folder.", "bin/manage --data DIR COMMAND")
        return Path(arguments[1]), arguments[2:]
    return default_data(), arguments


def take(folder: Folder) -> dict[str, str] | None:
    """Lock the folder and return None, or return how to reach the services of the HoopAI that runs on it."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            folder.lock("manage")
            return None
        except InUse as busy:
            found = folder.announced(busy.pid) if busy.kind == "run" else None
            if found is not None:
                return {name: value for name, value in found.items() if not os.environ.get(name)}
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def manage(settings: dict[str, str], arguments: list[str], stdout: int | None = None) -> int:
    """manage.py in the caller's folder; Ctrl-C is its own to answer, a request to stop is handed on."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return foreground.run(command, environment(settings), stdout=stdout)


def has_tables(services: Services) -> bool:
    assert services.postgres
    with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
        row = connection.execute("select to_regclass('django_migrations') is not null").fetchone()
    return bool(row and row[0])
