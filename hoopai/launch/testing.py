"""`bin/test`: every test, against services that are made for it and thrown away."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hoopai.launch import foreground
from hoopai.launch.child import guard
from hoopai.launch.embedded import ROOT, Services, environment, throw_away
from hoopai.launch.run import Interrupted, Stopping

SETTINGS = {"DEBUG": "1", "ALLOWED_HOSTS": "*", "BASE_URL": "http://127.0.0.1:8000"}
OURS = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "MEDIA_URL", "EMAIL_URL", "SECRET_KEY")


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`; returns its exit code."""
    try:
        with services_for_tests() as services:
            return pytest(services.settings(**SETTINGS), arguments)
    except Interrupted:
        return 130


@contextmanager
def services_for_tests(binaries: Path | None = None) -> Iterator[Services]:
    """Services that nobody else uses, in a temporary folder. What the caller's environment names is left alone: tests
    write, so they never run on someone's real services."""
    for name in OURS:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    stopping = Stopping()
    place = Path(tempfile.mkdtemp(prefix="hoopai-test-"))
    services = throw_away(place, binaries=binaries)
    try:
        (place / "static").mkdir()  # without it every test client warns
        services.start()
        yield services
    finally:
        stopping.asked = max(stopping.asked, 1)
        services.stop(stopping.in_a_hurry)
        guard.close()
        shutil.rmtree(place, ignore_errors=True)


def pytest(settings: dict[str, str], arguments: list[str]) -> int:
    spread = any(part.startswith(("-n", "--numprocesses", "--pdb", "--collect-only", "--co")) for part in arguments)
    # Browser tests are long and come together: whoever has nothing left takes from the others.
    workers = [] if spread else ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"]
    return foreground.run([sys.executable, "-m", "pytest", *workers, *arguments], environment(settings), ROOT)
