"""The way back: contacts the import made go to the trash, values it changed return where nobody changed them since.
From the last row to the first, batch after batch, each in one transaction with its progress. SQL as in `applying`.
"""

from __future__ import annotations

import json
import time

from django.db import connection, transaction

from accounts import current
from billing import limits
from contacts.importing.applying import lock_identities
from contacts.importing.batches import BY_ID, RANGE, Batch
from contacts.importing.changing import difference, updated
from contacts.models import Import
from core import clock, scope
from journal.writing import write_selected

ROWS = 10_000


def undo(batch: Import, seconds: float = 900, rows: int = ROWS) -> bool:
    """Take rows back until none is left or the time is over.

    Returns:
        Whether there is nothing left to do.
    """
    until = time.monotonic() + seconds
    while step(batch, rows):
        if time.monotonic() > until:
            return False
    return True


def step(batch: Import, rows: int = ROWS) -> bool:
    """Take one batch back and note how far the way back is.

    Returns:
        Whether there may be more.
    """
    with transaction.atomic():
        batch.lock()
        if batch.status != "undoing":
            return False
        if batch.done <= 1:
            _finish(batch)
            return False
        after = (batch.done - 1) // rows * rows
        part = Batch(batch, after, batch.done, [])
        lock_identities(batch.location_id)
        _trash(part)
        _revert(part)
        last = max(1, int(batch.plan["last"]))
        batch.beat(done=after, percent=min(99, 100 - after * 100 // last), stage="Taking back")
    return True


def _finish(batch: Import) -> None:
    if batch.made_list is not None:
        batch.made_list.remove()
        batch.made_list = None
    batch.change("import.undone", facts={"name": batch.name}, status="undone", stage="", percent=100, done=0)


def _trash(part: Batch) -> None:
    chosen = (
        f"FROM (SELECT s.contact_id FROM contacts_importrow AS s WHERE {RANGE} AND s.outcome = 'create') AS m "
        f"CROSS JOIN LATERAL ({BY_ID}) AS c"
    )
    params = [*part.rows, part.batch.location_id]
    now, actor = clock.now(), scope.current().actor.name[:200]
    with connection.cursor() as cursor:
        locking = chosen.replace(" OFFSET 0", " OFFSET 0 FOR UPDATE")
        cursor.execute(f"SELECT count(*) FROM (SELECT c.id {locking}) AS locked", params)
        if not cursor.fetchone()[0]:
            return
        write_selected(
            "contact.deleted",
            "contact",
            "SELECT c.id AS subject_id, c.id AS contact_id, jsonb_build_object('deleted_at', jsonb_build_array(NULL, %s::text)) AS changes, "
            f"%s::jsonb || jsonb_build_object('name', btrim(c.first_name || ' ' || c.last_name)) AS facts {chosen}",
            [clock.iso(now), json.dumps({"import": part.batch.pk}), *params],
        )
        cursor.execute(
            "UPDATE contacts_contact SET deleted_at = %s, deleted_by = %s, date_updated = %s "
            f"FROM (SELECT c.id, c.location_id {chosen}) AS gone "
            "WHERE contacts_contact.id = gone.id AND contacts_contact.location_id = gone.location_id",
            [now, actor, now, *params],
        )
        limits.give_back("contacts", cursor.rowcount)


def _revert(part: Batch) -> None:
    """Rows of one contact go back one after the other, the latest first."""
    prefix = part.prefix
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT coalesce(max(times), 0) FROM (SELECT count(*) AS times FROM contacts_importrow AS s
            WHERE {RANGE} AND s.before IS NOT NULL GROUP BY s.contact_id) AS counted""",
            part.rows,
        )
        for turn in range(1, cursor.fetchone()[0] + 1):
            columns, _ = updated(part.names)
            olds = ", ".join(f"c.{column} AS old_{name}" for name, (column, _) in columns.items())
            news = ", ".join(f"{_former(name, column)} AS new_{name}" for name, (column, _) in columns.items())
            differences = " || ".join(difference(name) for name in columns)
            cursor.execute("DROP TABLE IF EXISTS import_reverted")
            cursor.execute(
                f"""
                CREATE TEMP TABLE import_reverted ON COMMIT DROP AS
                SELECT n.*, {differences} AS changes FROM (
                    SELECT c.id, c.location_id, {olds}, {news}
                    FROM (SELECT s.contact_id, s.before, row_number() OVER (PARTITION BY s.contact_id ORDER BY s.number DESC) AS turn
                          FROM contacts_importrow AS s WHERE {RANGE} AND s.before IS NOT NULL AND left(s.contact_id, 14) <> %s) AS s
                    CROSS JOIN LATERAL ({BY_ID.replace("m.", "s.")} FOR NO KEY UPDATE) AS c
                    WHERE s.turn = %s) AS n""",
                [*part.rows, prefix, part.batch.location_id, turn],
            )
            sets = ", ".join(f"{column} = r.new_{name}" for name, (column, _) in columns.items())
            cursor.execute(
                f"UPDATE contacts_contact AS c SET {sets}, date_updated = %s FROM import_reverted AS r "
                "WHERE c.id = r.id AND c.location_id = r.location_id AND r.changes <> '{}'::jsonb",
                [clock.now()],
            )
            write_selected(
                "contact.import_undone",
                "contact",
                "SELECT id AS subject_id, id AS contact_id, changes, %s::jsonb AS facts FROM import_reverted WHERE changes <> '{}'::jsonb",
                [part.facts],
            )


def _former(name: str, column: str) -> str:
    """SQL of the value before the import, where the present one is still the import's."""
    held, old, new = f"c.{column}", f"(s.before -> '{name}' -> 0)", f"(s.before -> '{name}' -> 1)"
    text = f"(s.before -> '{name}' ->> 0)"
    if name == "tags":
        return (
            f"CASE WHEN s.before ? 'tags' THEN ARRAY(SELECT t FROM unnest({held}) WITH ORDINALITY AS u(t, n) "
            f"WHERE NOT {new} @> to_jsonb(t) OR {old} @> to_jsonb(t) ORDER BY n)::varchar[] ELSE {held} END"
        )
    if name in ("custom", "dnd_settings"):
        mine = f"FROM jsonb_object_keys({new}) AS k WHERE coalesce({held} -> k, 'null') = {new} -> k"
        return (
            f"CASE WHEN s.before ? '{name}' THEN ({held} - ARRAY(SELECT k {mine})) || coalesce((SELECT jsonb_object_agg(k, {old} -> k) "
            f"{mine} AND {old} -> k <> 'null'), '{{}}'::jsonb) ELSE {held} END"
        )
    former = {
        "date_of_birth": f"{text}::date",
        "dnd": f"{text}::boolean",
        "more_phones": old,
        "more_emails": f"ARRAY(SELECT jsonb_array_elements_text({old}))::varchar[]",
        "followers": f"ARRAY(SELECT jsonb_array_elements_text({old}))::varchar[]",
        "assigned_to": f"(SELECT u.id FROM accounts_user AS u WHERE u.id = {text})",
    }.get(name, f"coalesce({text}, '')")
    still = f"s.before ? '{name}' AND coalesce(to_jsonb({held}), 'null') = {new}"
    if name in ("email", "phone") and not current.location().allow_duplicates:
        still += (
            f" AND ({text} = '' OR NOT EXISTS (SELECT 1 FROM contacts_contact AS o WHERE o.location_id = c.location_id "
            f"AND o.deleted_at IS NULL AND o.{name} = {text} AND o.{name} <> '' AND o.id <> c.id))"
        )
    return f"CASE WHEN {still} THEN {former} ELSE {held} END"
