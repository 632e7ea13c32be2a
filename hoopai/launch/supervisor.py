"""Keeps the parts running: a part that ends is started again, a part that keeps ending stops everything."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from hoopai.launch.server import Server
from hoopai.launch.steps import Problem, note

DEATHS_ALLOWED = 5
DEATHS_WITHIN = 60.0  # seconds
TICK = 0.2
TRIM_EVERY = 60.0
BACK_OFF = (0.0, 1.0, 2.0, 4.0, 8.0)


class Supervisor:
    """`parts` in the order they depend on each other: the database first, what needs it later."""

    def __init__(self, parts: Sequence[Server]) -> None:
        self.parts = list(parts)
        self.deaths: dict[str, deque[float]] = {part.name: deque() for part in parts}
        self.due: dict[str, float] = {}

    def watch(self, until: Callable[[], bool]) -> None:
        """Return when `until()` is true. Raises Problem when a part ended more than five times within a minute."""
        trim_at = time.monotonic() + TRIM_EVERY
        while not until():
            self.tend()
            if time.monotonic() > trim_at:
                trim_at += TRIM_EVERY
                for part in self.parts:
                    part.trim_log()
            time.sleep(TICK)

    def tend(self) -> None:
        """One round: notice what has ended, start again what is due."""
        now = time.monotonic()
        for part in self.parts:
            if part.is_alive:
                continue
            if part.name not in self.due:
                self._bury(part, now)
            if now >= self.due[part.name]:
                self._revive(part)

    def _bury(self, part: Server, now: float) -> None:
        recent = self.deaths[part.name]
        recent.append(now)
        while recent and now - recent[0] > DEATHS_WITHIN:
            recent.popleft()
        words = part.last_words()
        part.clear()
        if len(recent) > DEATHS_ALLOWED:
            raise Problem(
                f"{part.name} stopped {len(recent)} times within a minute. Its last words:\n{words}",
                f"the whole log is {part.log}. Your data is safe; start again once the cause is gone.",
            )
        wait = BACK_OFF[min(len(recent), len(BACK_OFF)) - 1]
        self.due[part.name] = now + wait
        note(f"{clock()}  {part.name} stopped unexpectedly; starting it again{f' in {wait:.0f} s' if wait else ''}.")

    def _revive(self, part: Server) -> None:
        try:
            part.revive()
        except Problem:
            self.due.pop(part.name)
            return
        self.due.pop(part.name)
        note(f"{clock()}  {part.name} is running again.")


def clock() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
