"""Smart-list pages, whole HTML, against the hand-written SQL of the same rows: twelve filters, first, 200th, last page."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

from accounts import current
from bench.measure import milliseconds, quantile, timed
from bench.seed import Seeded, smart_lists
from contacts.filters import sorting
from contacts.models import SmartList

SIZE = 50
COLUMNS = "id, first_name, last_name, email, phone, tags, assigned_to_id, last_activity_at, date_added"
ORDERS = {
    "-dateAdded": ("date_added", "DESC"),
    "-lastActivity": ("last_activity_at", "DESC"),
    "name": ("name_folded", "ASC"),
}


def run(seeded: Seeded, rounds: int = 5) -> dict[str, Any]:
    """p95 per filter and place; a place meets the aim when it is within 1.5 × of SQL of 20 ms or more, else within 25 ms."""
    client = Client()
    client.force_login(seeded.admin)
    places: list[dict[str, Any]] = []
    for name, smart_list, where in smart_lists(seeded):
        for place, cursor in _cursors(seeded, smart_list, where).items():
            pages, statements = [], []
            for number in range(rounds + 1):
                page = timed(lambda: _page(client, seeded, smart_list, cursor))  # noqa: B023
                sql = timed(lambda: _sql(seeded, smart_list, where, cursor))  # noqa: B023
                if number:
                    pages.append(page)
                    statements.append(sql)
            p95, floor = quantile(pages, 0.95) * 1000, quantile(statements, 0.95) * 1000
            met = p95 <= floor * 1.5 if floor >= 20 else p95 <= floor + 25
            places.append(
                {"list": name, "page": place, "html_p95_ms": round(p95, 1), "sql_p95_ms": round(floor, 1), "met": met}
            )
    html = [one["html_p95_ms"] / 1000 for one in places]
    return {
        "places": places,
        "html": milliseconds(html),
        "met_places": sum(one["met"] for one in places),
        "of_places": len(places),
        "aim": "p95 <= 1.5 x SQL where SQL >= 20 ms, else SQL + 25 ms",
        "met": all(one["met"] for one in places),
    }


def _cursors(seeded: Seeded, smart_list: SmartList, where: str) -> dict[str, list[Any] | None]:
    """The keys after which the 200th and the last page begin, read by OFFSET, which is what a pager would have to do."""
    column, direction = ORDERS[smart_list.sort]
    found: dict[str, list[Any] | None] = {"first": None}
    with connection.cursor() as cursor, current.at(seeded.location):
        orders = [sorting.order(smart_list.sort)]
        cursor.execute(
            f"SELECT count(*) FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL AND {where}",
            [seeded.location.pk],
        )  # noqa: S608
        total = cursor.fetchone()[0]
        for name, skip in (("200th", 199 * SIZE - 1), ("last", (total - 1) // SIZE * SIZE - 1)):
            if 0 < skip < total:
                cursor.execute(
                    f"SELECT {column}, id FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL AND {where}"  # noqa: S608
                    f" ORDER BY {column} {direction}, id {direction} LIMIT 1 OFFSET {skip}",
                    [seeded.location.pk],
                )
                value, pk = cursor.fetchone()
                found[name] = sorting.cursor_of(orders, {orders[0].alias: value, "id": pk})
    return found


def _page(client: Client, seeded: Seeded, smart_list: SmartList, cursor: list[Any] | None) -> None:
    query = {"list": smart_list.pk, "rows": str(SIZE)}
    if cursor:
        query["after"] = sorting.pack(cursor)
    answer = client.get(f"/l/{seeded.location.pk}/contacts/", query)
    if answer.status_code != 200 or b"</html>" not in answer.content:
        raise RuntimeError(f"the list answered {answer.status_code}")


def _sql(seeded: Seeded, smart_list: SmartList, where: str, cursor: list[Any] | None) -> None:
    column, direction = ORDERS[smart_list.sort]
    sign = "<" if direction == "DESC" else ">"
    beyond, params = "", [seeded.location.pk]
    if cursor:
        beyond, params = f"AND ({column}, id) {sign} (%s, %s)", [seeded.location.pk, *cursor]
    with connection.cursor() as statement:
        statement.execute(
            f"SELECT {COLUMNS} FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL AND {where} {beyond}"  # noqa: S608
            f" ORDER BY {column} {direction}, id {direction} LIMIT {SIZE + 1}",
            params,
        )
        statement.fetchall()
