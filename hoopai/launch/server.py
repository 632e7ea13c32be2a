"""What every long-running part has in common: it starts, it is alive or not, it stops."""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

from hoopai.launch.child import Child
from hoopai.launch.steps import Problem

RETRY_PATIENCE = 10.0  # seconds in which a predecessor that is still ending may make a start fail


def never() -> bool:
    return False


def package_folder(name: str) -> Path:
    """Where a package is installed, found without importing it: only its binaries are of interest."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else Path("/nonexistent")


class Server:
    """One part. Subclasses say how to make its process and how to tell that it is ready.

    start_patience: seconds until it must be ready once its process runs.
    passing_trouble: words in its log that a predecessor which is still ending causes; such a start is tried again.
    """

    start_patience = 30.0
    passing_trouble: tuple[str, ...] = ("Address already in use",)

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log
        self.child: Child | None = None

    def make_child(self) -> Child:
        raise NotImplementedError

    def is_ready(self) -> bool:
        return True

    @property
    def is_alive(self) -> bool:
        return self.child is not None and self.child.is_alive

    @property
    def pid(self) -> int:
        return self.child.pid if self.child else 0

    def start(self) -> None:
        """Start the process and wait until it is ready. Raises Problem with its last words when it is not in time."""
        deadline = time.monotonic() + RETRY_PATIENCE
        while True:
            begins_at = self.log.stat().st_size if self.log.exists() else 0
            self.child = self.make_child()
            self.child.start()
            if self._becomes_ready():
                return
            words = self.child.last_words()
            self.child.stop()
            with self.log.open("rb") as log:
                log.seek(begins_at)
                said = log.read(100_000).decode(errors="replace")
            passing = any(trouble in said for trouble in self.passing_trouble)
            if not passing or time.monotonic() > deadline:
                raise Problem(f"{self.name} does not start. Its last words:\n{words}", f"the whole log is {self.log}.")
            time.sleep(0.25)

    def revive(self) -> None:
        """Start again after an unexpected end."""
        self.start()

    def stop(self, hurry: Callable[[], bool] = never) -> None:
        if self.child is not None:
            self.child.stop(hurry)

    def ask_to_stop(self) -> None:
        if self.child is not None:
            self.child.ask_to_stop()

    def clear(self) -> None:
        """Kill whatever an ended process left of its group."""
        if self.child is not None:
            self.child.clear()

    def trim_log(self) -> None:
        if self.child is not None:
            self.child.trim_log()

    def last_words(self) -> str:
        return self.child.last_words() if self.child else ""

    def _becomes_ready(self) -> bool:
        assert self.child
        deadline = time.monotonic() + self.start_patience
        while self.child.is_alive and time.monotonic() < deadline:
            if self.is_ready():
                return self.child.is_alive
            time.sleep(0.02)
        return False
