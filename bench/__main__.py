"""`python -m bench`, which bin/bench runs on fresh services."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopai.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import billing, board, duplicates, import_bench, lists, reading, searching, tagging, wallet, webhooks  # noqa: E402
from bench.seed import seed  # noqa: E402

RESULTS = Path(__file__).resolve().parent.parent / "bench-results"
SEEDED = {"board": board.run, "list": lists.run, "read": reading.run, "search": searching.run, "tag": tagging.run}
SIZED = {"webhooks": webhooks.run}


def main() -> int:
    given = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    given.add_argument(
        "names",
        nargs="*",
        help="billing, board, duplicates, import, list, read, search, tag, wallet, webhooks; all when none is named",
    )
    given.add_argument("--rows", type=int, default=100_000, help="contacts in the table and rows of the import")
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--size", type=int, default=30_000, help="entries of the journal, for webhooks")
    given.add_argument("--subscriptions", type=int, default=100_000, help="for billing")
    asked = given.parse_args()
    names = asked.names or ["billing", "duplicates", "import", *SEEDED, *SIZED, "wallet"]
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    results: dict[str, Any] = {"about": about(asked.rows, asked.rounds)}
    seeded = seed(asked.rows) if set(names) & {*SEEDED, *SIZED} else None
    for name in names:
        sys.stderr.write(f"  {name} …\n")
        if name == "duplicates":
            results[name] = duplicates.run(asked.rows, asked.rounds)
        elif name == "import":
            found = import_bench.run(asked.rows, asked.rounds)
            results[name] = {**found, "aim": f"<= {found['aim']}", "met": found["ratio"] <= found["aim"]}
        elif name == "billing":
            results[name] = billing.run(asked.subscriptions, asked.rounds)
        elif name == "wallet":
            results[name] = wallet.run(asked.rounds)
        elif name in SIZED:
            assert seeded is not None
            results[name] = SIZED[name](seeded, rounds=asked.rounds, size=asked.size)
        else:
            assert seeded is not None
            results[name] = SEEDED[name](seeded, rounds=asked.rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{'-'.join(names)}-{asked.rows}.json").write_text(json.dumps(results, indent=2, default=str))
    sys.stdout.write(table(results))
    return 0


def about(rows: int, rounds: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return {
        "rows": rows,
        "rounds": rounds,
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": server,
        "cores": os.cpu_count(),
        "commit": commit.strip(),
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [f"{name}: {value}" for name, value in results["about"].items()]
    text = ", ".join(lines) + "\n\n| benchmark | result | aim | met |\n|---|---|---|---|\n"
    for name, found in results.items():
        if name != "about":
            shown = {key: value for key, value in found.items() if key not in ("aim", "met", "places")}
            text += f"| {name} | {json.dumps(shown, default=str)} | {found.get('aim', '')} | {'yes' if found.get('met') else 'no'} |\n"
    for one in results.get("list", {}).get("places", []):
        text += f"\n    {one['list']:22} {one['page']:6} html {one['html_p95_ms']:8.1f} ms   sql {one['sql_p95_ms']:8.1f} ms   {'ok' if one['met'] else 'missed'}"
    return text + "\n"


if __name__ == "__main__":
    sys.exit(main())
