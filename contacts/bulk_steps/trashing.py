"""Moving contacts to the trash, and taking them out."""

from __future__ import annotations

from typing import Any

from accounts import current
from billing import limits
from contacts.bulk_steps.chunks import CHUNK_ROWS, HERE, NAME, ROWS_W, change, journal, run
from contacts.models import BulkAction
from contacts.models.trash import KEPT_FOR
from core import clock, scope


def delete(action: BulkAction, bounds: dict[str, Any]) -> None:
    now = clock.now()
    params = {**bounds, "now": now, "at": clock.iso(now), "by": scope.current().actor.name[:200]}
    run(f"UPDATE contacts_bulkactionrow r SET outcome = 'done' WHERE {CHUNK_ROWS}", params)  # noqa: S608
    journal(
        "contact.deleted",
        """jsonb_build_object('deleted_at', jsonb_build_array(NULL, %(at)s::text),
            'deleted_by', jsonb_build_array('', %(by)s::text))""",
        f"jsonb_build_object('name', {NAME})",
        params,
    )
    change("deleted_at = %(now)s, deleted_by = %(by)s", params)
    limits.give_back("contacts", len(bounds["rows"]))


def restore(action: BulkAction, bounds: dict[str, Any]) -> None:
    now = clock.now()
    params = {
        **bounds,
        "now": now,
        "oldest": now - KEPT_FOR,
        "unique": not current.location().allow_duplicates,
        "late": "Deleted more than 30 days ago",
        "twin": "Another contact has the same e-mail or phone",
        "full": "The plan allows no more contacts",
    }
    done = run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN found.deleted_at < %(oldest)s OR found.has_twin THEN 'failed' ELSE 'done' END,
            reason = CASE WHEN found.deleted_at < %(oldest)s THEN %(late)s WHEN found.has_twin THEN %(twin)s ELSE '' END
        FROM (
            SELECT w.id AS row_id, c.deleted_at, %(unique)s AND (
                EXISTS (SELECT 1 FROM contacts_contact live WHERE live.location_id = %(location)s
                    AND live.deleted_at IS NULL AND live.email <> '' AND live.email = c.email)
                OR EXISTS (SELECT 1 FROM contacts_contact live WHERE live.location_id = %(location)s
                    AND live.deleted_at IS NULL AND live.phone <> '' AND live.phone = c.phone)
                OR (c.email <> '' AND row_number() OVER (PARTITION BY c.email ORDER BY w.id) > 1)
                OR (c.phone <> '' AND row_number() OVER (PARTITION BY c.phone ORDER BY w.id) > 1)
            ) AS has_twin
            FROM contacts_bulkactionrow w
            JOIN contacts_contact c ON c.id = w.subject_id AND {HERE}
            WHERE {ROWS_W}
        ) AS found
        WHERE r.id = found.row_id""",  # noqa: S608
        params,
    )
    if done:
        _within_the_plan(params)
    journal(
        "contact.restored",
        """jsonb_build_object('deleted_at', jsonb_build_array(to_char(c.deleted_at AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), NULL), 'deleted_by', jsonb_build_array(c.deleted_by, ''))""",
        "'{}'::jsonb",
        params,
    )
    change("deleted_at = NULL, deleted_by = ''", params)


def _within_the_plan(params: dict[str, Any]) -> None:
    """Count those that come back; the ones for which the plan has no room stay in the trash."""
    done = run(f"SELECT r.id FROM contacts_bulkactionrow r WHERE {CHUNK_ROWS} AND r.outcome = 'done'", params)  # noqa: S608
    granted = limits.take_up_to("contacts", done)
    if granted < done:
        run(
            f"""UPDATE contacts_bulkactionrow r SET outcome = 'failed', reason = %(full)s WHERE r.id IN (
                SELECT r.id FROM contacts_bulkactionrow r WHERE {CHUNK_ROWS} AND r.outcome = 'done'
                ORDER BY r.id OFFSET %(granted)s)""",  # noqa: S608
            {**params, "granted": granted},
        )
