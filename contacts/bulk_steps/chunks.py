"""The SQL that all steps share: the rows of a chunk, their contacts, entries for those done, and the change itself."""

from __future__ import annotations

from typing import Any

from django.db import connection

from journal.writing import write_selected

# Rows r of the chunk with their contacts c, by their keys; every statement names the location as well. Fresh rows have
# no statistics yet: the keys tell the planner how many there are, and CASE keeps the other tests out of its estimate.
CHUNK_ROWS = """r.id = ANY(%(rows)s)
    AND CASE WHEN r.action_id = %(action)s AND r.location_id = %(location)s THEN true ELSE false END"""
HERE = "c.id = ANY(%(contacts)s) AND CASE WHEN c.location_id = %(location)s THEN true ELSE false END"
CHANGED = f"""FROM contacts_bulkactionrow r JOIN contacts_contact c ON c.id = r.subject_id AND {HERE}
    WHERE {CHUNK_ROWS} AND r.outcome = 'done'"""
ROWS_W = CHUNK_ROWS.replace("r.", "w.")
NAME = """coalesce(nullif(btrim(c.first_name || ' ' || c.last_name), ''), nullif(c.email, ''), nullif(c.phone, ''),
    'Contact without a name')"""


def run(sql: str, params: dict[str, Any]) -> int:
    """Run a statement with named parameters; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def column(sql: str, params: dict[str, Any]) -> list[Any]:
    """The first column of a query's rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def journal(verb: str, changes: str, facts: str, params: dict[str, Any]) -> None:
    """One entry for each contact of the chunk that is done; `changes` and `facts` are SQL over r and c."""
    sql, values = _positional(
        f"SELECT c.id AS subject_id, c.id AS contact_id, {changes} AS changes, {facts} AS facts {CHANGED}",  # noqa: S608
        params,
    )
    write_selected(verb, "contact", sql, values)


def change(assignments: str, params: dict[str, Any]) -> None:
    """Change the contacts of the chunk that are done; `assignments` are SQL over r and c."""
    run(
        f"""UPDATE contacts_contact c SET {assignments}, date_updated = %(now)s FROM contacts_bulkactionrow r
        WHERE c.id = r.subject_id AND {HERE} AND {CHUNK_ROWS} AND r.outcome = 'done'""",  # noqa: S608  the assignments are the steps' own
        params,
    )


def _positional(sql: str, params: dict[str, Any]) -> tuple[str, list[Any]]:
    """`write_selected` takes parameters by position."""
    values: list[Any] = []

    class Taker(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            values.append(params[key])
            return "%s"

    return sql % Taker(), values
