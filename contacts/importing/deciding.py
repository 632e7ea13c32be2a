"""What every row will do, decided by SQL over `import_read` and the location's contacts; nothing but staging is written.

A row means the contact that holds its first match key, else the contact of an earlier row with that key, else the same for
the next key, else a new one. So an earlier row's identity stays its contact's for the rest of the file. Every statement
names the location.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts import suppressing
from contacts.importing.keys import Key
from contacts.models import Import

COUNTED = ("create", "update", "duplicate", "skip", "reject")
ROW_ID = "lpad(to_hex({}), 6, '0')"


def decide(batch: Import, keys: Sequence[Key], names: list[str], prefix: str, places: dict[str, int]) -> dict[str, int]:
    """Move `import_read` into the import's rows with their outcome. Runs inside a transaction.

    Args:
        keys: what tells that a row means a contact, in order; none makes every row create.
        names: the staged columns that were read.
        prefix: how the ids of new contacts begin.
        places: {key name: index of its column}, for warnings.

    Returns:
        {"create", "update", "duplicate", "skip", "reject", "warning", "total", "last"}.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("ANALYZE import_read")
        cursor.execute("DROP TABLE IF EXISTS import_linked, import_kept_out")
        for number, key in enumerate(keys):
            _held(cursor, batch, number, key)
            _first(cursor, number, key)
        _link(cursor, batch, keys)
        _follow(cursor)
        _keep_out(cursor, batch, keys, prefix, places)
        _too_many(cursor, batch, names)
        suppressing.warn(cursor, batch, places)
        _stage(cursor, batch, names, prefix)
        cursor.execute("ANALYZE contacts_importrow")
        cursor.execute("DROP TABLE import_read, import_linked, import_kept_out")
        return _count(cursor, batch)


def _held(cursor: Any, batch: Import, number: int, key: Key) -> None:
    """The contacts that hold a value of the file: primary ones first, then additional e-mails; the oldest of several."""
    wanted = f"SELECT {key.row} FROM import_read AS r WHERE r.errors IS NULL AND {key.row} IS NOT NULL"
    live = "c.location_id = %s AND c.deleted_at IS NULL"
    found = f"SELECT {key.contact} AS value, 0 AS rank, c.id FROM contacts_contact AS c WHERE {live} AND {key.guard} AND {key.contact} IN ({wanted})"
    params = [batch.location_id]
    if key.name == "email":
        found += (
            " UNION ALL SELECT held.email, 1, c.id FROM contacts_contact AS c, unnest(c.more_emails) AS held(email) "
            f"WHERE {live} AND c.more_emails <> '{{}}' AND held.email IN ({wanted})"
        )
        params.append(batch.location_id)
    cursor.execute(f"DROP TABLE IF EXISTS import_held_{number}, import_first_{number}")
    cursor.execute(
        f"CREATE TEMP TABLE import_held_{number} ON COMMIT DROP AS "
        f"SELECT DISTINCT ON (value) value::text, id FROM ({found}) AS found ORDER BY value, rank, id",
        params,
    )


def _first(cursor: Any, number: int, key: Key) -> None:
    """The first row of every value that the file has more than once."""
    cursor.execute(
        f"CREATE TEMP TABLE import_first_{number} ON COMMIT DROP AS "
        f"SELECT ({key.row})::text AS value, min(r.number) AS number FROM import_read AS r "
        f"WHERE r.errors IS NULL AND {key.row} IS NOT NULL AND {'true' if key.repeats else 'false'} GROUP BY 1 HAVING count(*) > 1"
    )
    cursor.execute(f"ANALYZE import_held_{number}, import_first_{number}")


def _link(cursor: Any, batch: Import, keys: Sequence[Key]) -> None:
    """Rows that mean an existing contact or an earlier row: everything but plain new ones."""
    if not keys:
        cursor.execute(
            "CREATE TEMP TABLE import_linked (number integer, contact_id text, matched_by text, parent integer, repeats integer)"
        )
        return
    joins, contact, told, parent, kept, any_of = [], [], [], [], [], []
    for number, key in enumerate(keys):
        joins.append(
            f"LEFT JOIN import_held_{number} AS h{number} ON h{number}.value = {key.row} "
            f"LEFT JOIN import_first_{number} AS f{number} ON f{number}.value = {key.row} AND f{number}.number < r.number"
        )
        contact.append(f"WHEN h{number}.id IS NOT NULL THEN h{number}.id WHEN f{number}.number IS NOT NULL THEN NULL")
        parent.append(
            f"WHEN h{number}.id IS NOT NULL THEN NULL WHEN f{number}.number IS NOT NULL THEN f{number}.number"
        )
        told.append(f"WHEN h{number}.id IS NOT NULL OR f{number}.number IS NOT NULL THEN '{key.name}'")
        kept.append(f"h{number}.id AS held_{number}, f{number}.number AS first_{number}")
        any_of.append(f"h{number}.id IS NOT NULL OR f{number}.number IS NOT NULL")
    cursor.execute(
        f"""
        CREATE TEMP TABLE import_linked ON COMMIT DROP AS
        SELECT r.number, (CASE {" ".join(contact)} END)::text COLLATE "C" AS contact_id, CASE {" ".join(told)} END AS matched_by,
            CASE {" ".join(parent)} END AS parent, NULL::integer AS repeats, {", ".join(kept)}
        FROM import_read AS r {" ".join(joins)}
        WHERE r.errors IS NULL AND ({" OR ".join(any_of)})"""
    )
    cursor.execute("CREATE INDEX ON import_linked (number)")
    cursor.execute("ANALYZE import_linked")


def _follow(cursor: Any) -> None:
    """Let rows that repeat a repeating row point where that one points; the distance halves with every round."""
    cursor.execute("UPDATE import_linked SET repeats = parent WHERE parent IS NOT NULL")
    while cursor.rowcount:
        cursor.execute(
            """UPDATE import_linked AS one SET contact_id = other.contact_id, parent = other.parent FROM import_linked AS other
            WHERE one.parent = other.number AND one.contact_id IS NULL"""
        )
    cursor.execute(
        """UPDATE import_linked AS one SET repeats = first.number FROM
            (SELECT contact_id, min(number) AS number FROM import_linked WHERE contact_id IS NOT NULL
             GROUP BY contact_id HAVING count(*) > 1) AS first
        WHERE one.contact_id = first.contact_id AND one.number > first.number AND one.repeats IS NULL"""
    )


def _target(alias: str, prefix: str) -> str:
    return f"coalesce({alias}.contact_id, '{prefix}' || {ROW_ID.format(f'{alias}.parent')})"


def _keep_out(cursor: Any, batch: Import, keys: Sequence[Key], prefix: str, places: dict[str, int]) -> None:
    """Values of a row that belong to another contact than the one it updates: they are not moved, and the row says so."""
    cursor.execute("CREATE TEMP TABLE import_kept_out (number integer, key text, place text, sentence text)")
    if batch.mode not in ("create_update", "update"):
        return
    only_existing = batch.mode == "update"
    for number, key in enumerate(keys):
        if not key.repeats:
            continue
        of_first = (
            "claimant.contact_id"
            if only_existing
            else f"CASE WHEN r.first_number IS NULL THEN NULL WHEN claimant.number IS NULL THEN '{prefix}' || {ROW_ID.format('r.first_number')} "
            f"ELSE {_target('claimant', prefix)} END"
        )
        cursor.execute(
            f"""
            INSERT INTO import_kept_out (number, key, place, sentence)
            SELECT owned.number, %s, %s, %s || coalesce(nullif(btrim(other.first_name || ' ' || other.last_name), ''),
                nullif(other.email, ''), nullif(other.phone, ''), 'row ' || owned.first_number) || '. Not moved'
            FROM (
                SELECT r.number, r.target, r.first_number, coalesce(r.held, {of_first}) AS holder
                FROM (SELECT l.*, l.held_{number} AS held, l.first_{number} AS first_number, {_target("l", prefix)} AS target
                      FROM import_linked AS l
                      WHERE {"l.contact_id IS NOT NULL AND" if only_existing else ""}
                            (l.held_{number} IS NOT NULL OR l.first_{number} IS NOT NULL)) AS r
                LEFT JOIN import_linked AS claimant ON claimant.number = r.first_number
            ) AS owned
            JOIN import_read AS r ON r.number = owned.number
            LEFT JOIN contacts_contact AS other ON other.id = owned.holder AND other.location_id = %s
            LEFT JOIN contacts_contact AS c ON c.id = owned.target AND c.location_id = %s
            WHERE owned.holder <> owned.target AND NOT coalesce({key.same}, false)""",
            [key.name, str(places.get(key.name, "")), f"{key.label} belongs to ", batch.location_id, batch.location_id],
        )


def _too_many(cursor: Any, batch: Import, names: list[str]) -> None:
    """A contact holds eleven e-mails and eleven phones: say where some would be left out."""
    for name, label, held in (
        ("more_emails", "e-mails", "cardinality(c.more_emails)"),
        ("more_phones", "phone numbers", "jsonb_array_length(c.more_phones)"),
    ):
        if name in names:
            cursor.execute(
                f"""
                INSERT INTO import_kept_out (number, key, place, sentence)
                SELECT r.number, '', '', 'A contact holds 11 {label}. The rest is left out'
                FROM import_read AS r
                LEFT JOIN import_linked AS l ON l.number = r.number
                LEFT JOIN contacts_contact AS c ON c.id = l.contact_id AND c.location_id = %s
                WHERE r.errors IS NULL AND r.{name} IS NOT NULL AND cardinality(r.{name}) + coalesce({held}, 0) > 10""",
                [batch.location_id],
            )


def _stage(cursor: Any, batch: Import, names: list[str], prefix: str) -> None:
    outcome = {
        "create_update": "WHEN l.number IS NULL THEN 'create' WHEN l.repeats IS NOT NULL THEN 'duplicate' ELSE 'update'",
        "create": "WHEN l.number IS NULL THEN 'create' ELSE 'skip'",
        "update": "WHEN l.contact_id IS NULL THEN 'skip' WHEN l.repeats IS NOT NULL THEN 'duplicate' ELSE 'update'",
        "always_create": "ELSE 'create'",
    }[batch.mode]
    columns = ", ".join(f'"{name}"' for name in names if name != "ref")
    cursor.execute("ANALYZE import_kept_out")
    cursor.execute(
        f"""
        INSERT INTO contacts_importrow (import_id, location_id, number, outcome, contact_id, repeats, matched_by, withheld,
            errors, warnings, raw, {columns})
        SELECT %s, %s, r.number, r.outcome,
            CASE r.outcome WHEN 'create' THEN '{prefix}' || {ROW_ID.format("r.number")}
                WHEN 'update' THEN r.target WHEN 'duplicate' THEN r.target END,
            r.repeats, r.matched_by, kept_out.keys, r.errors,
            CASE WHEN kept_out.sentences IS NULL THEN r.warnings ELSE coalesce(r.warnings, '{{}}') || kept_out.sentences END,
            r.raw, {columns}
        FROM (SELECT r.*, l.repeats, l.matched_by, {_target("l", prefix)} AS target,
                CASE WHEN r.errors IS NOT NULL THEN 'reject' {outcome} END AS outcome
              FROM import_read AS r LEFT JOIN import_linked AS l ON l.number = r.number) AS r
        LEFT JOIN (SELECT number, nullif(array_remove(array_agg(key), ''), '{{}}') AS keys, jsonb_object_agg(place, sentence) AS sentences
                   FROM import_kept_out GROUP BY number) AS kept_out
            ON kept_out.number = r.number""",
        [batch.pk, batch.location_id],
    )


def _count(cursor: Any, batch: Import) -> dict[str, int]:
    cursor.execute(
        """SELECT outcome, count(*), count(warnings), max(number) FROM contacts_importrow
        WHERE import_id = %s AND location_id = %s GROUP BY outcome""",
        [batch.pk, batch.location_id],
    )
    rows = cursor.fetchall()
    counts = dict.fromkeys(COUNTED, 0) | {outcome: count for outcome, count, _, _ in rows}
    counts["warning"] = sum(odd for _, _, odd, _ in rows)
    counts["total"] = sum(count for _, count, _, _ in rows)
    counts["last"] = max((last for _, _, _, last in rows), default=1)
    return counts


def count(batch: Import) -> dict[str, int]:
    """How many rows have which outcome, as it stands."""
    with connection.cursor() as cursor:
        return _count(cursor, batch)
