import os
import signal
from pathlib import Path

import pytest

from hoopai.launch import supervisor
from hoopai.launch.child import Child
from hoopai.launch.server import Server
from hoopai.launch.steps import Problem
from hoopai.launch.supervisor import Supervisor
from hoopai.launch.tests.test_child import wait_until


class Script(Server):
    def __init__(self, place: Path, script: str) -> None:
        super().__init__("The script", place / "script.log")
        self.place, self.script = place, script

    def make_child(self) -> Child:
        return Child(self.name, ["/bin/sh", "-c", self.script], {"PATH": "/usr/bin:/bin"}, self.log, self.place)


def test_a_part_that_was_killed_is_started_again(place, capsys):
    part = Script(place, "exec sleep 60")
    part.start()
    first = part.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not part.is_alive)
    watch = Supervisor([part])
    watch.watch(until=lambda: part.is_alive)
    assert part.pid != first
    part.stop()
    said = capsys.readouterr().err
    assert "The script stopped unexpectedly" in said
    assert "The script is running again" in said


def test_a_part_that_keeps_ending_stops_everything_with_its_last_words(place, monkeypatch):
    monkeypatch.setattr(supervisor, "BACK_OFF", (0.0,))
    part = Script(place, "echo the disk is full; exit 3")
    part.child = part.make_child()
    part.child.start()
    with pytest.raises(Problem, match="stopped 6 times within a minute") as problem:
        Supervisor([part]).watch(until=lambda: False)
    assert "the disk is full" in str(problem.value)
    assert str(part.log) in problem.value.remedy


def test_deaths_of_long_ago_do_not_count(place, monkeypatch):
    monkeypatch.setattr(supervisor, "BACK_OFF", (0.0,))
    monkeypatch.setattr(supervisor, "DEATHS_WITHIN", 0.0)
    part = Script(place, "exit 0")
    watch = Supervisor([part])
    for _ in range(10):
        wait_until(lambda: not part.is_alive)
        watch.tend()
    part.stop()
