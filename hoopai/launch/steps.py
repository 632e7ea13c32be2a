"""What a person sees while HoopAI gets ready: one line per step, with its seconds, and every failure with a remedy."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Problem(Exception):
    """Something the person in front of the screen can act on.

    `str(problem)` says what is wrong, `remedy` what to do about it.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Step:
    """One running step; `say` replaces the detail after its title where the screen allows it."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()

    def say(self, detail: str) -> None:
        if sys.stderr.isatty():
            put(f"\r\033[K  {self.title} … {detail} ")

    def end(self, outcome: str = "") -> None:
        seconds = time.monotonic() - self.started
        start_again = f"\r\033[K  {self.title} … " if sys.stderr.isatty() else ""
        put(f"{start_again}{outcome or f'{seconds:.1f} s'}\n")


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Announce a step on stderr (stdout stays clean for what was asked for) and print its seconds when it is over."""
    running = Step(title)
    put(f"  {title} … ")
    try:
        yield running
    except BaseException as error:
        running.end("failed" if isinstance(error, Exception) else "stopped")
        raise
    running.end()


def note(line: str) -> None:
    put(f"{line}\n")


def put(text: str) -> None:
    """Write to stderr; a terminal that has gone away is no reason to fail."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def report(problem: Problem) -> int:
    """Print the problem and its remedy on stderr; returns the exit code for it."""
    note(f"\n{problem}")
    if problem.remedy:
        note(f"What to do: {problem.remedy}")
    return 1
