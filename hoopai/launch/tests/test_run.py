import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hoopai.launch import manage, ports
from hoopai.launch.embedded import ROOT
from hoopai.launch.folder import Folder
from hoopai.launch.run import check_address, options, web_settings
from hoopai.launch.steps import Problem


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_in_use_is_named_together_with_a_free_one(busy_port):
    with pytest.raises(Problem, match=f"Port {busy_port} on 127.0.0.1 is in use") as problem:
        check_address("127.0.0.1", busy_port)
    suggested = int(problem.value.remedy.split("--port ")[1])
    check_address("127.0.0.1", suggested)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(port):
    with pytest.raises(Problem, match="is not a port number"):
        check_address("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(Problem, match="cannot listen on 192.0.2.1"):
        check_address("192.0.2.1", 8000)


def test_the_page_answers_only_under_its_own_names():
    assert web_settings("127.0.0.1", 8001)["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1]"
    assert socket.gethostname() in web_settings("0.0.0.0", 8001)["ALLOWED_HOSTS"].split(",")
    assert web_settings("::1", 8001)["BASE_URL"] == "http://[::1]:8001"


def test_the_data_folder_comes_from_the_option_or_the_environment(monkeypatch):
    monkeypatch.delenv("HOOPAI_DATA", raising=False)
    assert options([]).data == ROOT / ".hoopai"
    monkeypatch.setenv("HOOPAI_DATA", "/srv/crm")
    assert options([]).data == Path("/srv/crm")
    assert options(["--data", "/tmp/other"]).data == Path("/tmp/other")
    assert manage.data_folder(["--data", "/tmp/other", "shell"]) == (Path("/tmp/other"), ["shell"])
    assert manage.data_folder(["--data=/tmp/other", "shell"]) == (Path("/tmp/other"), ["shell"])


def test_a_remembered_port_that_someone_else_took_is_chosen_anew(place, busy_port, monkeypatch):
    monkeypatch.setattr(ports.becomes_free, "__defaults__", (0.2,))
    folder = Folder(place / "data")
    folder.open()
    folder.values["postgres_port"] = busy_port
    assert folder.port("postgres") not in (busy_port, None)


def test_a_second_start_on_the_same_folder_says_what_to_do(place):
    folder = Folder(place / "data")
    folder.open()
    folder.lock("run")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hoopai.launch", "run", "--data", str(folder.path), "--port", str(ports.pick())],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    folder.unlock()
    assert done.returncode == 1
    assert f"in use by another HoopAI (process {os.getpid()})" in done.stderr
    assert "--data DIR --port N" in done.stderr
    assert "Traceback" not in done.stderr
