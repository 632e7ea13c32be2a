"""GET /contacts/{id} with token, scope, limits and tenancy, against a bare DRF view and against Starlette with psycopg."""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from django.db import connection

from bench.measure import quantile
from bench.seed import Seeded
from core import scope
from oauth.models import PrivateIntegration

PORTS = {"ours": 8471, "drf": 8472, "starlette": 8473}
UNLIMITED = {f"API_LIMIT_{name}": "100000000" for name in ("KEY_SECOND", "KEY_MINUTE", "KEYS_DAY", "BURST", "APP_DAY")}


def run(seeded: Seeded, rounds: int = 7, requests: int = 400) -> dict[str, Any]:
    """Requests a second over one kept connection, one server process each. The limits count but do not stop."""
    with scope.fresh(company_id=seeded.company.pk, location_id=seeded.location.pk):
        _, token = PrivateIntegration.issue("bench", "all", seeded.location)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE location_id = %s ORDER BY id LIMIT 200", [seeded.location.pk]
        )
        ids = [row[0] for row in cursor.fetchall()]
    headers = {"Authorization": f"Bearer {token}", "Version": "2021-07-28"}
    servers = [_serve(name) for name in PORTS]
    try:
        links = {name: _connect(port) for name, port in PORTS.items()}
        latencies: dict[str, list[float]] = {name: [] for name in PORTS}
        for number in range(rounds + 1):
            for name, link in links.items():
                for position in range(requests):
                    began = time.perf_counter()
                    link.request("GET", f"/contacts/{ids[position % len(ids)]}", headers=headers)
                    answer = link.getresponse()
                    body = answer.read()
                    took = time.perf_counter() - began
                    if answer.status != 200:
                        raise RuntimeError(f"{name} answered {answer.status}: {body[:200]!r}")
                    if number:
                        latencies[name].append(took)
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(10)
    rate = {name: 1 / statistics.median(values) for name, values in latencies.items()}
    return {
        "requests": len(latencies["ours"]),
        **{f"{name}_per_s": round(value) for name, value in rate.items()},
        **{f"{name}_p95_ms": round(quantile(values, 0.95) * 1000, 2) for name, values in latencies.items()},
        "of_drf": round(rate["ours"] / rate["drf"], 2),
        "of_starlette": round(rate["ours"] / rate["starlette"], 2),
        "aim": "of_drf >= 1.0, of_starlette >= 0.22",
        "met": rate["ours"] / rate["drf"] >= 1.0 and rate["ours"] / rate["starlette"] >= 0.22,
    }


def _serve(name: str) -> subprocess.Popen[bytes]:
    kinds = {
        "ours": ("wsgi", "hoopai.wsgi:application", {"DJANGO_SETTINGS_MODULE": "hoopai.settings"}),
        "drf": ("wsgi", "bench.bare_django:application", {"DJANGO_SETTINGS_MODULE": "bench.bare_settings"}),
        "starlette": ("asgi", "bench.bare_starlette:application", {}),
    }
    interface, target, more = kinds[name]
    arguments = ["--interface", interface, "--host", "127.0.0.1", "--port", str(PORTS[name]), "--workers", "1"]
    arguments += ["--blocking-threads", "4"] if interface == "wsgi" else []
    return subprocess.Popen(
        [sys.executable, "-m", "granian", *arguments, "--log-level", "error", target],
        env={**os.environ, **UNLIMITED, **more, "DEBUG": "0", "STATIC_ROOT": os.devnull + "-none"},
        stdout=subprocess.DEVNULL,
    )


def _connect(port: int) -> http.client.HTTPConnection:
    for _ in range(300):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            link.connect()
            return link
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")
