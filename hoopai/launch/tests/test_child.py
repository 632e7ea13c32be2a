import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hoopai.launch import child as children
from hoopai.launch.child import Child
from hoopai.launch.embedded import ROOT

STUBBORN = "trap '' TERM INT HUP; (trap '' TERM; while :; do sleep 0.1; done) & while :; do sleep 0.1; done"

LAUNCHER = """
import sys
from pathlib import Path
from hoopai.launch.child import Child
place = Path(sys.argv[1])
one = Child("one", ["/bin/sh", "-c", sys.argv[2]], {"PATH": "/usr/bin:/bin"}, place / "one.log", place)
one.start()
print(one.pid, flush=True)
sys.stdin.read()
"""


def members(group: int) -> list[int]:
    """Processes of a group that still run; a dead one that nobody has collected does not count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, of_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except (OSError, ValueError):
                continue
            if int(of_group) == group and state != "Z":
                found.append(int(entry.name))
    return found


def wait_until(condition, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def start(place: Path, script: str, **more) -> Child:
    child = Child("one", ["/bin/sh", "-c", script], {"PATH": "/usr/bin:/bin"}, place / "one.log", place, **more)
    child.start()
    return child


def test_killing_the_launcher_leaves_no_process_not_even_a_stubborn_one(place):
    launcher = subprocess.Popen(
        [sys.executable, "-P", "-c", LAUNCHER, str(place), STUBBORN],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    group = int(launcher.stdout.readline())
    assert wait_until(lambda: len(members(group)) >= 2)
    launcher.kill()
    launcher.wait()
    assert wait_until(lambda: not members(group))


def test_a_child_that_ignores_the_polite_signal_is_killed_with_its_own_children(place):
    child = start(place, STUBBORN, stopping=((signal.SIGTERM, 0.3),))
    group = child.pid
    assert wait_until(lambda: len(members(group)) >= 2)
    child.stop()
    assert wait_until(lambda: not members(group))


def test_a_child_that_ends_in_time_is_not_killed(place):
    child = start(place, "trap 'echo goodbye; exit 0' TERM; echo hello; while :; do sleep 0.05; done")
    assert wait_until(lambda: "hello" in child.last_words())
    child.stop()
    assert child.last_words() == "hello\ngoodbye"


def test_a_hurry_cuts_the_wait_short(place):
    child = start(place, STUBBORN, stopping=((signal.SIGTERM, 60.0),))
    began = time.monotonic()
    child.stop(hurry=lambda: True)
    assert time.monotonic() - began < 30


def test_a_log_past_its_limit_starts_again_and_keeps_one_older(place, monkeypatch):
    monkeypatch.setattr(children, "LOG_LIMIT", 10)
    (place / "one.log").write_text("a line from before\n")
    child = start(place, "echo new")
    assert wait_until(lambda: "new" in child.last_words())
    child.stop()
    assert (place / "one.log").read_text() == "new\n"
    assert (place / "one.log.1").read_text() == "a line from before\n"
