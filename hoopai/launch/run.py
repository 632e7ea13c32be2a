"""`bin/run`: everything up, an address to open, and everything down again on Ctrl-C."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from hoopai.launch import ports
from hoopai.launch.child import dies_with_us, guard
from hoopai.launch.embedded import ROOT, Services, environment
from hoopai.launch.folder import Folder
from hoopai.launch.programs import Web, scheduler, worker
from hoopai.launch.server import Server
from hoopai.launch.steps import Problem, note, step
from hoopai.launch.supervisor import Supervisor

ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104

EARLY_PATIENCE = 2.0  # seconds for programs that are stopped before they were ready


class Interrupted(BaseException):
    """Ctrl-C or a request to stop arrived."""


class Stopping:
    """Turns the first signal into Interrupted; a second one means: no more patience."""

    def __init__(self) -> None:
        self.asked = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, self.ask)

    def ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked == 1:
            raise Interrupted

    def in_a_hurry(self) -> bool:
        return self.asked > 1


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("bin/run", description="Start HoopAI on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    parser.add_argument(
        "--data", type=Path, default=default_data(), help="data folder (default .hoopai)", metavar="DIR"
    )
    parser.add_argument("--no-demo", action="store_true", help="start empty instead of with the demo company")
    return parser.parse_args(arguments)


def default_data() -> Path:
    return Path(os.environ.get("HOOPAI_DATA") or ROOT / ".hoopai")


def main(arguments: list[str]) -> int:
    """Run until asked to stop. Raises Problem when a part cannot be started or does not stay up."""
    chosen = options(arguments)
    check_address(chosen.host, chosen.port)
    folder = Folder(chosen.data)
    folder.open()
    folder.lock("run")
    stopping = Stopping()
    services = Services(folder)
    programs: list[Server] = []
    began = time.monotonic()
    try:
        services.start()
        settings = services.settings(**web_settings(chosen.host, chosen.port))
        demo = prepare(environment(settings), with_demo=not chosen.no_demo)
        programs = start_programs(folder, environment(settings), chosen.host, chosen.port)
        folder.announce(settings)
        welcome(chosen.host, chosen.port, folder, demo, time.monotonic() - began)
        Supervisor([*services.servers, *programs]).watch(until=lambda: stopping.asked > 0)
    except Interrupted:
        note("\nStopping.")
    finally:
        stop(programs, services, stopping)
        folder.unlock()
    return 0


def check_address(host: str, port: int) -> None:
    """Raises Problem before anything is started, if the web server could not listen there."""
    if not 0 < port < 65536:
        raise Problem(f"{port} is not a port number.", "choose one from 1024 to 65535: bin/run --port 8001")
    if ports.is_free(port, host):
        return
    if port < 1024 and os.geteuid() != 0:
        raise Problem(f"Port {port} needs root.", "choose one from 1024 up: bin/run --port 8001")
    free = ports.next_free(port, host)
    if not free:
        raise Problem(f"This machine cannot listen on {host}.", "choose one of its own addresses with --host.")
    raise Problem(f"Port {port} on {host} is in use by another program.", f"choose another one: bin/run --port {free}")


def web_settings(host: str, port: int) -> dict[str, str]:
    shown = f"[{host}]" if ":" in host else host
    names = ["localhost", "127.0.0.1", "[::1]"]
    names += sorted({socket.gethostname(), socket.getfqdn()}) if host in ANYWHERE else [shown]
    names += filter(None, [urlsplit(os.environ.get("BASE_URL", "")).hostname])
    return {
        "BASE_URL": f"http://{'127.0.0.1' if host in ANYWHERE else shown}:{port}",
        "ALLOWED_HOSTS": ",".join(dict.fromkeys(names)),
        "DEBUG": "0",
    }


def prepare(settings: dict[str, str], *, with_demo: bool) -> dict[str, Any]:
    """Migrations, static files and the demo company; returns what the demo command tells."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "prepare", *([] if with_demo else ["--no-demo"])],
        env=settings,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,
        preexec_fn=dies_with_us(signal.SIGTERM),
    )
    if done.returncode:
        raise Problem(
            "The database could not be made ready; the reason is above.",
            "nothing of your data was removed. Go back to the HoopAI that worked with this folder, "
            "or start afresh beside it: bin/run --data DIR.",
        )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def start_programs(folder: Folder, settings: dict[str, str], host: str, port: int) -> list[Server]:
    """The scheduler and worker come up while the web server loads; returns when /healthz answers."""
    with step("Starting the web server, the task worker and the scheduler"):
        parts: list[Server] = [worker(folder, settings), scheduler(folder, settings)]
        web = Web(folder.logs / "web.log", settings, host, port)
        for part in parts:
            part.start()
        try:
            web.start()
        except BaseException:
            # Nothing has been served yet, so nobody waits for an answer.
            end = time.monotonic() + EARLY_PATIENCE
            for part in (web, *parts):
                part.ask_to_stop()
            for part in (web, *parts):
                part.stop(hurry=lambda: time.monotonic() > end)
            raise
    return [web, *parts]


def stop(programs: list[Server], services: Services, stopping: Stopping) -> None:
    """Everything down in reverse order: the programs side by side, then the broker, then the database."""
    stopping.asked = max(stopping.asked, 1)
    for program in reversed(programs):
        program.ask_to_stop()
    for program in reversed(programs):
        program.stop(stopping.in_a_hurry)
    services.stop(stopping.in_a_hurry)
    guard.close()


def welcome(host: str, port: int, folder: Folder, demo: dict[str, Any], seconds: float) -> None:
    address = os.environ.get("BASE_URL") or web_settings(host, port)["BASE_URL"]
    lines = ["", f"  HoopAI is ready at {address}   ({seconds:.1f} s)", ""]
    for person in demo.get("sign_ins", [])[:6]:
        lines.append(f"  Sign in   {person['email']:<32} {person['password']:<20} {person.get('role', '')}")
    if demo.get("sign_ins") and host in ANYWHERE:
        lines.append("  Anyone who reaches this machine can sign in with these. Use --no-demo for real work.")
    if not demo.get("sign_ins"):
        lines.append(
            "  The first sign-in:  bin/manage create_company 'My company' --email me@example.com --first-name Me"
        )
    if os.environ.get("SIGN_UP", os.environ.get("SANDBOX", "1")).strip().lower() in ("1", "true", "yes", "on"):
        lines.append(f"  Sign up   {address}/sign-up/   (SIGN_UP=0 closes it)")
    lines += ["", f"  Data      {folder.path}", f"  Logs      {folder.logs}", "  Stop with Ctrl-C.", ""]
    print("\n".join(lines), flush=True)
