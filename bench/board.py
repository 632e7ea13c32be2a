"""The board of 500 opportunities and a contact's record: the whole answer against its own statements and a bare template.

The floor sends the very statements of the page through a cursor, fetches every row, and renders eight values of each, as
many as a card shows, with a template that does nothing but loop. What the page costs beyond that is ours: models, access rules, links, icons, layout.
"""

from __future__ import annotations

import gzip
import statistics
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.template import Context, Template
from django.test import Client

from accounts import current
from bench.measure import in_turn, milliseconds, spread
from bench.seed import Seeded
from contacts.models import Contact
from core import clock
from opportunities.models import Opportunity, Pipeline, Stage

CARDS = 500
STAGES = (("Qualification", 10), ("Discovery", 25), ("Proposal", 50), ("Negotiation", 75), ("Closing", 90))
MOST_QUERIES, MOST_BYTES, MOST_RATIO = 15, 100_000, 2.0
BARE = Template(
    "<!doctype html><html><body>{% for row in rows %}<p>{% for value in row|slice:':8' %}<span>{{ value }}</span>{% endfor %}</p>"
    "{% endfor %}</body></html>"
)


def run(seeded: Seeded, rounds: int = 15) -> dict[str, Any]:
    """Both pages, each met by <= 2 x its floor with <= 15 queries and <= 100 KB of HTML before compression."""
    board, contact_id = _deals(seeded)
    client = Client()
    client.force_login(seeded.admin)
    pages = {"board": board, "record": f"/l/{seeded.location.pk}/contacts/{contact_id}/"}
    found = {name: _measured(client, address, max(rounds, 15)) for name, address in pages.items()}
    return {
        **found,
        "aim": f"<= {MOST_RATIO} x floor, <= {MOST_QUERIES} queries, <= {MOST_BYTES // 1000} KB",
        "met": all(one["met"] for one in found.values()),
    }


def _deals(seeded: Seeded) -> tuple[str, str]:
    """500 opportunities in five stages; (address of their board, id of a contact that has one)."""
    with current.at(seeded.location):
        pipeline = Pipeline.record_new(name="Bench")
        stages = [
            Stage.record_new(pipeline=pipeline, name=name, probability=probability, position=place)
            for place, (name, probability) in enumerate(STAGES)
        ]
        people = list(Contact.objects.live().order_by("pk")[:CARDS])
        rows = [
            Opportunity(
                name=f"Website and campaign {number}",
                contact=people[number % len(people)],
                pipeline=pipeline,
                stage=stages[number % len(stages)],
                value_cents=100_000 + number * 777,
                assigned_to=seeded.admin if number % 2 else None,
                tags=[seeded.tags[number % len(seeded.tags)].pk],
                expected_close_on=clock.today(),
                position=number,
            )
            for number in range(CARDS)
        ]
        Opportunity.record_many(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE opportunities_opportunity")
    return f"/l/{seeded.location.pk}/opportunities/?pipeline={pipeline.pk}", people[0].pk


def _measured(client: Client, address: str, rounds: int) -> dict[str, Any]:
    html = _page(client, address)
    sent = _statements(client, address)
    seconds = in_turn({"page": lambda: _page(client, address), "floor": _floor(sent)}, rounds)
    ratio = statistics.median(seconds["page"]) / statistics.median(seconds["floor"])
    return {
        "page": milliseconds(seconds["page"]),
        "floor": milliseconds(seconds["floor"]),
        "ratio": round(ratio, 2),
        "floor_spread": spread(seconds["floor"]),
        "queries": len(sent),
        "bytes": len(html),
        "compressed": len(gzip.compress(html)),
        "met": ratio <= MOST_RATIO and len(sent) <= MOST_QUERIES and len(html) <= MOST_BYTES,
    }


def _page(client: Client, address: str) -> bytes:
    answer = client.get(address)
    if answer.status_code != 200 or b"</html>" not in answer.content:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return answer.content


def _statements(client: Client, address: str) -> list[tuple[str, Any]]:
    """What the page sends, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        _page(client, address)
    return sent


def _floor(sent: list[tuple[str, Any]]) -> Callable[[], str]:
    def work() -> str:
        rows: list[Any] = []
        with connection.cursor() as cursor:
            for sql, params in sent:
                cursor.execute(sql, params)
                if cursor.description:
                    rows += cursor.fetchall()
        return str(BARE.render(Context({"rows": rows})))

    return work
