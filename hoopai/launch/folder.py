"""The data folder (.hoopai/): where everything of one installation lives, and who is using it now."""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from hoopai.launch import ports
from hoopai.launch.steps import Problem


class InUse(Problem):
    """Another process holds the folder; `kind` is "run", "manage" or "" while unknown."""

    def __init__(self, folder: Path, kind: str, pid: int) -> None:
        super().__init__(
            f"The data folder {folder} is in use by another HoopAI (process {pid or 'unknown'}).",
            "stop that one first, or give this one its own folder and port: bin/run --data DIR --port N.",
        )
        self.kind, self.pid = kind, pid


class Folder:
    """Paths and remembered values of one installation.

    `values` holds what is chosen once and kept: `postgres_port`, `valkey_port`, `postgres_password`,
    `application_password`, `valkey_password`, `secret_key`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.values: dict[str, Any] = {}
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder and its values on first use. Raises Problem when it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                self.path.chmod(0o711)  # the database runs as another user and must get to its own folder
            self.logs.mkdir(exist_ok=True, mode=0o700)
            kept = self.path / "instance.json"
            self.values = json.loads(kept.read_text()) if kept.exists() else {}
        except OSError as error:
            raise Problem(
                f"The data folder {self.path} cannot be used: {error.strerror}.",
                "give it to your user (chown), or choose another one with --data DIR.",
            ) from error
        except ValueError as error:
            raise Problem(
                f"{self.path / 'instance.json'} is not readable as JSON ({error}).",
                "put the file back from a backup; it holds the passwords of the database in this folder.",
            ) from error
        fresh = {
            "postgres_password": secrets.token_urlsafe(24),
            "application_password": secrets.token_urlsafe(24),
            "valkey_password": secrets.token_urlsafe(24),
            "secret_key": secrets.token_urlsafe(50),
        }
        for name, value in fresh.items():
            self.values.setdefault(name, value)
        if fresh.keys() - self.values.keys() or not (self.path / "instance.json").exists():
            self.keep()

    def keep(self) -> None:
        write_private(self.path / "instance.json", json.dumps(self.values, indent=2))

    def port(self, name: str) -> int:
        """The remembered loopback port for `name`, chosen anew only when something else has taken it."""
        key = f"{name}_port"
        port = self.values.get(key)
        if not port or not ports.becomes_free(port):
            port = ports.pick({value for other, value in self.values.items() if other.endswith("_port")})
            self.values[key] = port
            self.keep()
        return int(port)

    def lock(self, kind: str) -> None:
        """Take the folder for this process until it ends. Raises InUse when another one has it."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder, _, pid = os.read(handle, 100).decode().strip().partition(" ")
            os.close(handle)
            raise InUse(self.path, holder, int(pid) if pid.isdigit() else 0) from None
        os.truncate(handle, 0)
        os.write(handle, f"{kind} {os.getpid()}".encode())
        self._lock = handle
        (self.path / "running.json").unlink(missing_ok=True)

    def announce(self, environment: dict[str, str]) -> None:
        """Leave word for `bin/manage` how to reach the services that are up now."""
        write_private(self.path / "running.json", json.dumps({"pid": os.getpid(), "environment": environment}))

    def announced(self, pid: int) -> dict[str, str] | None:
        """What process `pid` announced, or None while its services are not up."""
        try:
            running = json.loads((self.path / "running.json").read_text())
        except (OSError, ValueError):
            return None
        return dict(running["environment"]) if running["pid"] == pid else None

    def unlock(self) -> None:
        if self._lock is not None:
            (self.path / "running.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def write_private(path: Path, text: str) -> None:
    """Replace a file whole, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
