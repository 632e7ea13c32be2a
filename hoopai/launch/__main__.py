"""`python -m hoopai.launch COMMAND`: what bin/* end in once the virtual environment is ready."""

import importlib
import os
import sys

from hoopai.launch.steps import Problem, note, report

COMMANDS = {
    "run": "hoopai.launch.run",
    "manage": "hoopai.launch.manage",
    "test": "hoopai.launch.testing",
    "check": "hoopai.launch.checking",
    "bench": "hoopai.launch.benching",
    "smoke": "hoopai.launch.smoke",
}


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        note(f"There is no command {name!r}; known are {', '.join(COMMANDS)}.")
        return 2
    os.umask(0o077)
    try:
        return int(importlib.import_module(COMMANDS[name]).main(arguments[1:]))
    except Problem as problem:
        return report(problem)
    except KeyboardInterrupt:
        note("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
