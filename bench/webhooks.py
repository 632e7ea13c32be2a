"""Webhooks: entries of the journal to three endpoints, against a bare aiohttp loop that posts the same bytes.

Ours includes reading the journal, payloads, queueing in order, claims, a signature for each post, results and log.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import current
from accounts.models.membership import actor_at
from bench.seed import Seeded
from core import clock
from journal.writing import write_selected
from webhooks import bodies, sending
from webhooks.models import Delivery, Endpoint, SigningKey

FANNING = "import django; django.setup(); from journal import tasks; from webhooks import sending; tasks.hand_over(); sending.run(600)"
SHARE = 0.5  # of the floor's rate, at least
SLOWER = 1.05  # at most, with a failing neighbour


def run(seeded: Seeded, rounds: int = 5, size: int = 30_000) -> dict[str, Any]:
    """`size` entries to three endpoints each."""
    settings.HTTP_PRIVATE_ADDRESSES = ["127.0.0.1"]
    SigningKey.current()
    actor = actor_at(seeded.admin, seeded.location)
    floor, ours, good, failing = [], [], [], []
    with receivers("200", "200", "200", "500:30") as ports, current.at(seeded.location, actor=actor, via="ui"):
        urls = [f"http://127.0.0.1:{port}/hooks" for port in ports]
        texts: list[str] = []
        for number in range(rounds + 1):
            seconds, done = deliver(urls[:3], size)
            texts = texts or done
            bare = post(urls[:3], size, texts)
            beside_good = deliver(urls[:3], size, watched=2)[0]
            beside_failing = deliver([*urls[:2], urls[3]], size, watched=2)[0]
            if number:
                ours.append(size * 3 / seconds)
                floor.append(size * 3 / bare)
                good.append(beside_good)
                failing.append(beside_failing)
        legacy = min(size, 1000)
        slow, _ = deliver(urls[:3], legacy, legacy_signature=True)
    ratio = statistics.median(ours) / statistics.median(floor)
    slower = statistics.median(failing) / statistics.median(good)
    return {
        "entries": size,
        "posts": size * 3,
        "ours_per_second": round(statistics.median(ours)),
        "floor_per_second": round(statistics.median(floor)),
        "ratio": round(ratio, 2),
        "beside_a_failing_receiver": round(slower, 3),
        "with_rsa_per_second": round(legacy * 3 / slow),
        "aim": f">= {SHARE} and <= {SLOWER}",
        "met": ratio >= SHARE and slower <= SLOWER,
    }


@contextmanager
def receivers(*kinds: str) -> Iterator[list[int]]:
    """Receivers in a process of their own; gives their ports."""
    command = [sys.executable, "-m", "bench.bare_receiver", *kinds]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        try:
            yield [int(port) for port in program.stdout.readline().split()]
        finally:
            program.kill()


def post(urls: list[str], size: int, texts: list[str]) -> float:
    """Seconds the bare loop takes."""
    command = [sys.executable, "-m", "bench.bare_poster", str(size), *urls]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    return float(done.stdout)


def deliver(urls: list[str], size: int, watched: int = 0, legacy_signature: bool = False) -> tuple[float, list[str]]:
    """Seconds from the first look at the journal until everything arrived, and some of the bodies.

    Two workers: this process sends, the other one hands over and then sends as well.

    Args:
        watched: only the first so many endpoints have to be done.
    """
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE webhooks_delivery, webhooks_line, webhooks_hour, webhooks_endpoint CASCADE")
        cursor.execute("UPDATE journal_entry SET handed_over_at = at WHERE handed_over_at IS NULL")
    made = [Endpoint.add(url, chosen=["ContactCreate"], legacy_signature=legacy_signature) for url in urls]
    here = made[0].location_id
    write_selected(
        "contact.created",
        "contact",
        "SELECT id AS subject_id, id AS contact_id, '{}'::jsonb AS changes, '{}'::jsonb AS facts"
        " FROM contacts_contact WHERE location_id = %s ORDER BY id LIMIT %s",
        [here, size],
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE journal_entry")
    wanted = [endpoint.pk for endpoint in made[: watched or len(made)]]
    rows = Delivery.objects.filter(endpoint__in=wanted)
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", FANNING]) as fanning:
        while True:
            sending.run(600)
            if fanning.poll() is not None and rows.count() == size * len(wanted) and not rows.open().exists():
                break
            time.sleep(0.002)
    ended = rows.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    seconds = time.perf_counter() - began if not watched else (ended - _first(rows)).total_seconds()
    sample = rows.values_list("pk", "payload")[:500]
    now = clock.iso(clock.now()) or ""
    return seconds, [bodies.body(payload, pk, now).decode() for pk, payload in sample]


def _first(rows: Any) -> Any:
    return rows.order_by("sent_at").values_list("sent_at", flat=True)[0]
