"""Search as you type over HTTP, against the hand-written trigram query of the same rows."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

from bench.measure import milliseconds, quantile, timed
from bench.seed import Seeded

TYPED = (
    "okafor12",
    "müller",
    "person77",
    "nguyen 44",
    "firm 199",
    "+120100",
    "0100077",
    "silva9",
    "haddad 5",
    "rossi 81",
    "tanaka 3",
    "ann novak",
)
COLUMNS = "id, first_name, last_name, email, phone, tags, assigned_to_id, last_activity_at"


def run(seeded: Seeded, rounds: int = 5) -> dict[str, Any]:
    """The list page's rows for each typed text, whole answer included; p95 over all texts and rounds."""
    client = Client()
    client.force_login(seeded.admin)
    path = f"/l/{seeded.location.pk}/contacts/"
    found: dict[str, list[float]] = {"page": [], "sql": []}
    for number in range(rounds + 1):
        for text in TYPED:
            page = timed(lambda text=text: _page(client, path, text))
            sql = timed(lambda text=text: _sql(seeded, text))
            if number:
                found["page"].append(page)
                found["sql"].append(sql)
    ratio = quantile(found["page"], 0.95) / quantile(found["sql"], 0.95)
    return {
        "page": milliseconds(found["page"]),
        "sql": milliseconds(found["sql"]),
        "p95_ratio": round(ratio, 2),
        "aim": "p95 <= 2.0",
        "met": ratio <= 2.0,
    }


def _page(client: Client, path: str, text: str) -> None:
    answer = client.get(path, {"q": text}, headers={"HX-Request": "true"})
    if answer.status_code != 200:
        raise RuntimeError(f"the list answered {answer.status_code}")


def _sql(seeded: Seeded, text: str) -> None:
    words = [text] if text.lstrip("+").isdigit() else text.split()
    clauses = " AND ".join(["search LIKE '%%' || hoopai_fold(%s) || '%%'"] * len(words))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL AND {clauses}"  # noqa: S608
            " ORDER BY date_added DESC, id DESC LIMIT 51",
            [seeded.location.pk, *(word.lstrip("+") for word in words)],
        )
        cursor.fetchall()
