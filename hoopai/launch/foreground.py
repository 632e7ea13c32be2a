"""A command in the foreground: it has the terminal, and answers Ctrl-C itself."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run(
    command: Sequence[str], environment: dict[str, str], folder: Path | None = None, stdout: int | None = None
) -> int:
    """Run it to its end; returns its exit code, 128 + n when signal n ended it. A request to stop is handed on."""
    running = subprocess.Popen(command, env=environment, cwd=folder, stdout=stdout)
    former = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: running.terminate()),
    }
    try:
        code = running.wait()
    finally:
        for number, answer in former.items():
            signal.signal(number, answer)
    return code if code >= 0 else 128 - code
