"""A process of ours: in its own session, never outliving the launcher, stopped politely and then for certain."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hoopai.launch.identity import Identity

SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
LOG_LIMIT = 20_000_000  # bytes; one older file is kept

libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Guard:
    """The launcher's end of `guard.py`."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self.process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        self.groups.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self.groups.discard(group)
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
                stdin=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
            line = "".join(f"+{group}\n" for group in self.groups)
        assert self.process.stdin
        self.process.stdin.write(line.encode())

    def close(self) -> None:
        if self.process and self.process.stdin:
            self.process.stdin.close()
            self.process.wait(GUARD_PATIENCE)
            self.process = None


GUARD_PATIENCE = 10.0
guard = Guard()


@dataclass
class Child:
    """`command` running as `name`, its output appended to `log`.

    `stopping` is the ladder of signals and the seconds each gets; SIGKILL to the whole group ends it.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    folder: Path
    identity: Identity = field(default_factory=Identity)
    stopping: Sequence[tuple[int, float]] = ((signal.SIGTERM, 10.0),)
    process: subprocess.Popen[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start the process. Only from the main thread: the death signal follows the thread that started it."""
        self.trim_log()
        handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(
                [*self.identity.prefix, *self.command],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_us(self.stopping[0][0]),
                **self.identity.options,
            )
        finally:
            os.close(handle)
        guard.watch(self.process.pid)

    def trim_log(self) -> None:
        """Keep one older log and start again when it grows past the limit; writers append, so none loses its place."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
            self.log.with_suffix(".log.1").chmod(0o600)
            os.truncate(self.log, 0)

    def last_words(self, lines: int = 12) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        self._signal(self.stopping[0][0])

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Walk the ladder of signals until the process has ended, then clear what is left of its group."""
        if self.process is None:
            return
        for number, patience in self.stopping:
            if not self.is_alive:
                break
            self._signal(number)
            self._wait(patience, hurry)
        self.clear()

    def clear(self) -> None:
        """Kill whatever is left of the process's group and forget it."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        guard.forget(self.process.pid)
        self.process = None

    def _signal(self, number: int) -> None:
        if self.process is not None and self.is_alive:
            self.process.send_signal(number)

    def _wait(self, seconds: float, hurry: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while self.is_alive and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)


def dies_with_us(number: int) -> Callable[[], None]:
    """A hook for the new process: ask the kernel for `number` when the launcher dies, and end at once if it has."""
    launcher = os.getpid()

    def hook() -> None:
        if libc is not None:
            libc.prctl(SET_DEATH_SIGNAL, number)
        if os.getppid() != launcher:
            os._exit(1)

    return hook
