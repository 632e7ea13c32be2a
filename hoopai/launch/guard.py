"""Outlives a launcher that was killed, and ends what it left behind.

It reads process groups from its standard input, `+123` and `-123`, one a line. The end of the input means the launcher
is gone: whatever group is still listed gets four seconds to end on its own and is then killed. Run as a file, so that
it loads nothing else.
"""

import os
import signal
import sys
import time

GRACE = 4.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        groups.add(int(line[1:])) if line[0] == "+" else groups.discard(int(line[1:]))
    deadline = time.monotonic() + GRACE
    while groups and time.monotonic() < deadline:
        groups = {group for group in groups if reached(group, 0)}
        time.sleep(0.1)
    for group in groups:
        reached(group, signal.SIGKILL)


def reached(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
