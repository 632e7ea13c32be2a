"""The services of one installation: those the environment names, and embedded ones for the rest."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from hoopai.launch import ports
from hoopai.launch.folder import Folder
from hoopai.launch.postgres import Postgres
from hoopai.launch.server import Server, never
from hoopai.launch.steps import step
from hoopai.launch.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


def is_given(name: str) -> bool:
    """True if the environment sets NAME, directly or as NAME_FILE."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


class Services:
    """Embedded servers on a data folder, and the environment that our programs run in.

    `lasting=False` is for tests: everything is fast, new and thrown away.
    """

    def __init__(self, folder: Folder, *, lasting: bool = True, binaries: Path | None = None) -> None:
        self.folder, self.lasting, self.binaries = folder, lasting, binaries
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    @property
    def servers(self) -> list[Server]:
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def start(self) -> None:
        """Start what the environment does not name, the database first."""
        values = self.folder.values
        if not is_given("DATABASE_URL"):
            self.postgres = Postgres(
                self.folder.path / "postgres",
                self.folder.logs / "postgres.log",
                self.folder.port("postgres"),
                values["postgres_password"],
                values["application_password"],
                lasting=self.lasting,
                binaries=self.binaries,
            )
            with step("Starting PostgreSQL" if self.postgres.folder.exists() else "Making the database"):
                self.postgres.start()
        if not (is_given("BROKER_URL") and is_given("CACHE_URL")):
            self.valkey = Valkey(
                self.folder.path / "valkey",
                self.folder.logs / "valkey.log",
                self.folder.port("valkey"),
                values["valkey_password"],
                lasting=self.lasting,
            )
            with step("Starting Valkey"):
                self.valkey.start()

    def stop(self, hurry: Callable[[], bool] = never) -> None:
        for server in reversed(self.servers):
            server.stop(hurry)

    def settings(self, **more: str) -> dict[str, str]:
        """What our programs need in their environment and it does not hold yet; `more` are further defaults."""
        found = {
            "HOOPAI_DATA": str(self.folder.path),
            "SECRET_KEY": self.folder.values["secret_key"],
            "MEDIA_URL": (self.folder.path / "media").as_uri(),
            **more,
        }
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url
        if self.valkey:
            found["BROKER_URL"], found["CACHE_URL"] = self.valkey.url(0), self.valkey.url(1)
        return {name: value for name, value in found.items() if name == "HOOPAI_DATA" or not is_given(name)}


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The whole environment for a program of ours: what the caller has, our settings, our modules."""
    return {
        "DJANGO_SETTINGS_MODULE": "hoopai.settings",
        **os.environ,
        **settings,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def throw_away(folder: Path, *, binaries: Path | None = None) -> Services:
    """Services for tests on an empty folder, with passwords and ports of their own; not started yet."""
    place = Folder(folder)
    place.open()
    place.values["secret_key"] = secrets.token_urlsafe(50)
    place.values["postgres_port"] = ports.pick()
    return Services(place, lasting=False, binaries=binaries)
