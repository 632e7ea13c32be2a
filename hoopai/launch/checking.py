"""`bin/check`: everything a machine can say about the code without running the tests. One line per check."""

import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from hoopai.launch.embedded import ROOT, environment
from hoopai.launch.markup import templates
from hoopai.launch.run import Interrupted
from hoopai.launch.steps import note
from hoopai.launch.testing import services_for_tests

AT_ONCE = 2
LIMIT = 600.0  # seconds for one check

DEPLOYED = {
    "DEBUG": "0",
    "SECURE": "1",
    "ALLOWED_HOSTS": "crm.example.com",
    "BASE_URL": "https://crm.example.com",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
}
RUN_DJADE = (  # it is a program without a module
    "import os, sys, sysconfig; "
    "os.execv(os.path.join(sysconfig.get_path('scripts'), 'djade'), ['djade', *sys.argv[1:]])"
)
DJADE = ("--target-version", "5.2")


@dataclass
class Check:
    """`command` follows the interpreter; `settings` are added to the environment."""

    title: str
    command: list[str]
    settings: dict[str, str] = field(default_factory=dict)


CHECKS = [
    Check("Types (mypy)", ["-m", "mypy"]),
    Check("Lint (ruff)", ["-m", "ruff", "check", "."]),
    Check("Format (ruff)", ["-m", "ruff", "format", "--check", "."]),
    Check("Layers (import-linter)", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    Check("Templates", ["-m", "hoopai.launch.markup"]),
    Check("Template format (djade)", ["-c", RUN_DJADE, "--check", *DJADE, *map(str, templates())]),
    Check("Migrations", ["manage.py", "makemigrations", "--check", "--dry-run"]),
    Check("Deployment settings", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED),
]


def main(arguments: list[str]) -> int:
    """Run the checks, or those whose title contains an argument; returns 1 if any failed."""
    chosen = [check for check in CHECKS if not arguments or any(word in check.title.lower() for word in arguments)]
    try:
        with services_for_tests() as services, ThreadPoolExecutor(AT_ONCE) as pool:
            settings = {**services.settings(), "SECRET_KEY": secrets.token_urlsafe(64)}
            outcomes = list(pool.map(lambda check: run(check, settings), chosen))
    except Interrupted:
        return 130
    failed = [check.title for check, passed in zip(chosen, outcomes, strict=True) if not passed]
    note(f"\n{len(chosen) - len(failed)} passed, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def run(check: Check, settings: dict[str, str]) -> bool:
    began = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, *check.command],
            env=environment(settings | check.settings),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
        passed, said = done.returncode == 0, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        passed, said = False, f"did not finish within {LIMIT:.0f} s"
    line = f"  {check.title:<24} {'ok' if passed else 'failed'}  {time.monotonic() - began:.1f} s"
    note(line if passed else f"{line}\n{said.rstrip()}\n")
    return passed
