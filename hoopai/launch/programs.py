"""Our own programs: the web server, the task worker and the scheduler."""

import http.client
import os
import signal
import sys
from pathlib import Path

from hoopai.launch.child import Child
from hoopai.launch.embedded import ROOT
from hoopai.launch.folder import Folder
from hoopai.launch.server import Server
from hoopai.launch.steps import Problem

MOST_WORKERS = 4
THREADS = 4
QUEUES = "default,outgoing,slow"


class Program(Server):
    """A Python module of ours or of a package, run in `environment`."""

    def __init__(
        self,
        name: str,
        log: Path,
        environment: dict[str, str],
        *arguments: str,
        stopping: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 10.0),),
    ) -> None:
        super().__init__(name, log)
        self.environment, self.arguments, self.stopping = environment, arguments, stopping

    def make_child(self) -> Child:
        return Child(
            name=self.name,
            command=[sys.executable, "-P", "-m", *self.arguments],
            environment=self.environment,
            log=self.log,
            folder=ROOT,
            stopping=self.stopping,
        )

    def revive(self) -> None:
        """Start again without waiting: what it needs may have to be started again as well."""
        self.child = self.make_child()
        self.child.start()


class Web(Program):
    """The web server; ready when /healthz answers 200 with the database behind it."""

    start_patience = 90.0

    def __init__(self, log: Path, environment: dict[str, str], host: str, port: int) -> None:
        workers = min(os.cpu_count() or 1, MOST_WORKERS)
        super().__init__(
            "The web server",
            log,
            environment,
            *("granian", "--interface", "wsgi", "hoopai.wsgi:application", "--host", host, "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", str(THREADS), "--backlog", "1024"),
            *("--backpressure", "64", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.5"),
            *("--workers-kill-timeout", "8", "--log-level", "warning"),
        )
        self.host, self.port = host, port

    def own_name(self) -> str:
        """A host name that the settings allow."""
        name = self.environment.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
        return name if name not in ("", "*") else "127.0.0.1"

    def is_ready(self) -> bool:
        """Raises Problem when it answers, but with an error of its own: waiting would not mend that."""
        try:
            line = http.client.HTTPConnection(reachable(self.host), self.port, timeout=5)
            line.request("GET", "/healthz", headers={"Host": self.own_name(), "X-Forwarded-Proto": "https"})
            status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        if status in (400, 500):
            raise Problem(
                f"The web server fails ({status}). Its last words:\n{self.last_words()}", f"the log is {self.log}."
            )
        return status == 200


def worker(folder: Folder, environment: dict[str, str], *more: str) -> Program:
    """Runs tasks. Asked to stop it finishes what it is doing; pressed, it gives tasks back to the broker."""
    return Program(
        "The task worker",
        folder.logs / "worker.log",
        environment,
        *("celery", "-A", "hoopai.celery:app", "worker", "--concurrency", "2", "--queues", QUEUES),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle", *more),
        stopping=((signal.SIGTERM, 8.0), (signal.SIGQUIT, 5.0)),
    )


def scheduler(folder: Folder, environment: dict[str, str]) -> Program:
    return Program(
        "The scheduler",
        folder.logs / "scheduler.log",
        environment,
        *("celery", "-A", "hoopai.celery:app", "beat", "--schedule", str(folder.path / "schedule"), "--pidfile="),
        *("--loglevel", "INFO"),
    )


def reachable(host: str) -> str:
    """An address under which a server that listens on `host` answers on this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
