"""Which contacts are compared with each other: those that share a key of some kind. SQL over `contacts_contact`.

Comparing a million contacts with each other would be half a billion pairs in a thousand; each block holds the few that a
typing error may have driven apart. Blocks of more than forty say nothing and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, groupby

from django.db import connection

from contacts.merging.likeness import Card

LARGEST = 40  # members of a block worth comparing
FETCHED = 5_000  # rows at once
TABLE = "contacts_compared"  # temporary

FIRST, LAST = "split_part(name, ' ', 1)", "split_part(name, ' ', -1)"
INITIALS = f"left({FIRST}, 1) || left({LAST}, 1)"
LOCAL, DOMAIN = "split_part(email, '@', 1)", "split_part(email, '@', 2)"
# what is looked at, in words, and the key; NULL takes a contact out
BLOCKS = [
    ("Comparing phone numbers", "CASE WHEN length(phone) >= 8 THEN right(phone, 7) END"),
    ("Comparing e-mail names", f"CASE WHEN length({LOCAL}) >= 5 THEN {LOCAL} END"),
    (
        "Comparing names at the same mail provider",
        f"CASE WHEN name <> '' AND email <> '' THEN left({FIRST}, 1) || left({LAST}, 3) || '@' || {DOMAIN} END",
    ),
    (
        "Comparing names within companies",
        f"CASE WHEN name <> '' AND company <> '' THEN left({FIRST}, 1) || left({LAST}, 1) || '/' || company END",
    ),
    (
        "Comparing phones with a wrong digit at the end",
        f"CASE WHEN name <> '' AND length(phone) >= 8 THEN {INITIALS} || left(phone, -4) END",
    ),
    (
        "Comparing phones with a wrong digit at the start",
        f"CASE WHEN name <> '' AND length(phone) >= 8 THEN {INITIALS} || right(phone, 4) END",
    ),
    (
        "Comparing names in another order",
        f"CASE WHEN name LIKE '%% %%' THEN least({FIRST}, {LAST}) || ' ' || greatest({FIRST}, {LAST}) END",
    ),
]


def prepare(location_id: str) -> int:
    """Make the temporary table of what is compared, with one hashed key a block. Returns how many contacts there are."""
    keys = ", ".join(f"hashtextextended({key}, {at}) AS k{at}" for at, (_, key) in enumerate(BLOCKS))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
        cursor.execute("SELECT set_config('work_mem', '96MB', true)")
        cursor.execute(
            f"""CREATE TEMPORARY TABLE {TABLE} AS
            SELECT id, name, email, phone, company, {keys} FROM (
                SELECT id, name_folded AS name, email, phone,
                    CASE WHEN company_name = '' THEN '' ELSE hoopai_fold(company_name) END AS company
                FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL OFFSET 0) AS c""",  # noqa: S608
            [location_id],
        )
        count = int(cursor.rowcount)
        cursor.execute(f"ANALYZE {TABLE}")
    return count


def is_prepared() -> bool:
    """Whether this database session has the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"pg_temp.{TABLE}"])
        return bool(cursor.fetchone()[0])


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")


def blocks(at: int) -> Iterator[list[Card]]:
    """The blocks of one kind, streamed. Inside a transaction."""
    key = f"k{at}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '96MB', true)")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"""SELECT c.{key}, c.id, c.name, c.email, c.phone, c.company FROM {TABLE} AS c
            JOIN (SELECT {key} FROM {TABLE} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) BETWEEN 2 AND {LARGEST})
                AS held USING ({key})
            ORDER BY c.{key}"""  # noqa: S608
        )
        rows = iter(lambda: cursor.fetchmany(FETCHED), [])
        for _, members in groupby((row for chunk in rows for row in chunk), key=lambda row: row[0]):
            yield [Card(*row[1:]) for row in members]


def pairs(block: list[Card]) -> Iterator[tuple[Card, Card]]:
    """Every two of a block, the lesser id first."""
    for one, two in combinations(block, 2):
        yield (one, two) if one.id < two.id else (two, one)
