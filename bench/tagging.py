"""A bulk tag of 10,000 contacts with audit, timeline and a result per contact, against a bare INSERT … SELECT."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts import current
from accounts.models.membership import actor_at
from bench.measure import in_turn, milliseconds, spread
from bench.seed import Seeded
from contacts import bulk
from contacts.models import Contact
from contacts.models.querysets import ContactQuerySet
from contacts.tasks import bulk as tasks

COUNT = 10_000


def run(seeded: Seeded, rounds: int = 5) -> dict[str, Any]:
    """The whole action: freezing the audience, every chunk, journal and results."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_contact_tag")
        cursor.execute(
            'CREATE TABLE bench_contact_tag (contact_id text COLLATE "C", tag_id text COLLATE "C", location_id text, '
            "PRIMARY KEY (contact_id, tag_id))"
        )
        cursor.execute("CREATE INDEX ON bench_contact_tag (tag_id, contact_id)")
    counter = iter(range(1_000_000))
    actor = actor_at(seeded.admin, seeded.location)

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_contact_tag SELECT id, %s, location_id FROM contacts_contact"
                " WHERE location_id = %s ORDER BY id LIMIT %s",
                [f"t{next(counter)}", seeded.location.pk, COUNT],
            )

    def ours() -> None:
        with current.at(seeded.location, actor=actor, via="ui"):
            bench_action(f"bench {next(counter)}", Contact.objects.live().order_by("pk")[:COUNT])

    times = in_turn({"floor": floor, "ours": ours}, rounds)
    ratio = sorted(times["ours"])[rounds // 2] / sorted(times["floor"])[rounds // 2]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_contact_tag")
    return {
        "contacts": COUNT,
        "ours": milliseconds(times["ours"]),
        "floor": milliseconds(times["floor"]),
        "floor_spread": spread(times["floor"]),
        "ratio": round(ratio, 2),
        "aim": "<= 4.0",
        "met": ratio <= 4.0,
    }


def bench_action(name: str, chosen: ContactQuerySet) -> None:
    """One bulk action from confirmation to its end, in this process."""
    action = bulk.start("add_tags", chosen, name=name, params=bulk.tag_params([name], create=True))
    tasks.run.run(action.pk)
    action.refresh_from_db()
    if action.done != COUNT:
        raise RuntimeError(f"{action.done} of {COUNT} were tagged")
