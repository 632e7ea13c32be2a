"""`bin/bench`: benchmarks on services of their own, thrown away afterwards."""

import sys

from hoopai.launch import foreground
from hoopai.launch.embedded import ROOT, environment
from hoopai.launch.run import Interrupted
from hoopai.launch.testing import SETTINGS, services_for_tests

MEASURED = {"DEBUG": "0", "SLOW_QUERY_MS": "600000", "LOG_LEVEL": "WARNING"}


def main(arguments: list[str]) -> int:
    """Run `python -m bench` with `arguments`; returns its exit code."""
    try:
        with services_for_tests() as services:
            settings = services.settings(**SETTINGS) | MEASURED
            return foreground.run([sys.executable, "-m", "bench", *arguments], environment(settings), ROOT)
    except Interrupted:
        return 130
