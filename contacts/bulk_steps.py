"""One chunk of a bulk action: a transaction of set-based SQL that changes contacts, journals them and ticks them off.

Each step is three statements for any number of contacts: decide what becomes of each row, journal what will change,
change it. A crash rolls the chunk back as a whole, so nothing is done twice and nobody is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from accounts import current
from contacts.models import BulkAction, BulkActionRow, Tag
from contacts.models.tagging import MOST as MOST_TAGS
from contacts.models.trash import KEPT_FOR
from core import clock, scope
from journal.recorded import quietly
from journal.writing import write_selected

CHUNK = 1_000
COUNTERS = {"done": "done", "failed": "failed", "skipped": "skipped"}
GONE = "Deleted meanwhile"

# Rows r of the chunk with their contacts c, by their keys; every statement names the location as well. Fresh rows have
# no statistics yet: the keys tell the planner how many there are, and CASE keeps the other tests out of its estimate.
CHUNK_ROWS = """r.id = ANY(%(rows)s)
    AND CASE WHEN r.action_id = %(action)s AND r.location_id = %(location)s THEN true ELSE false END"""
HERE = "c.id = ANY(%(contacts)s) AND CASE WHEN c.location_id = %(location)s THEN true ELSE false END"
CHANGED = f"""FROM contacts_bulkactionrow r JOIN contacts_contact c ON c.id = r.contact_id AND {HERE}
    WHERE {CHUNK_ROWS} AND r.outcome = 'done'"""
NAME = """coalesce(nullif(btrim(c.first_name || ' ' || c.last_name), ''), nullif(c.email, ''), nullif(c.phone, ''),
    'Contact without a name')"""


def advance(action_id: str, size: int = CHUNK) -> bool:
    """Do the next chunk of an action, in its location and as its actor.

    Returns:
        Whether there may be more to do. False too when it has ended or somebody else is at it.
    """
    with transaction.atomic():
        action = BulkAction.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=action_id).first()
        if action is None or action.has_ended:
            return False
        waiting = BulkActionRow.objects.filter(action=action, outcome="").order_by("pk")
        rows = list(waiting.values_list("pk", "contact_id")[:size])
        if rows:
            bounds = {
                "action": action.pk,
                "location": scope.location_id(),
                "rows": [pk for pk, _ in rows],
                "contacts": [contact for _, contact in rows],
            }
            _lock(bounds)
            STEPS[action.kind](action, bounds)
            _count(action, bounds)
        more = len(rows) == size
        if not more:
            finish(action)
        _save(action)
        return more


def finish(action: BulkAction) -> None:
    """Mark as completed; the caller saves."""
    action.status = "completed_with_errors" if action.failed else "completed"
    action.ended_at = clock.now()


def fail(action_id: str, sentence: str) -> None:
    """Mark as failed as a whole: it can be tried again from where it stands."""
    with transaction.atomic():
        action = BulkAction.objects.select_for_update(of=("self",)).filter(pk=action_id).first()
        if action is not None and not action.has_ended:
            action.status, action.ended_at = "failed", clock.now()
            action.reasons = {**action.reasons, sentence: action.total - action.done - action.failed - action.skipped}
            _save(action)


def _save(action: BulkAction) -> None:
    action.date_updated = clock.now()
    with quietly(reason="progress of the machinery; each contact has its own entry"):
        action.save(
            update_fields=["status", "done", "failed", "skipped", "reasons", "started_at", "ended_at", "date_updated"]
        )


def _lock(bounds: dict[str, Any]) -> None:
    """Nobody changes the contacts of the chunk until it commits. Locked by id, so that two actions queue up."""
    _run(
        f"""SELECT c.id FROM contacts_contact c JOIN contacts_bulkactionrow r ON r.contact_id = c.id
        WHERE {CHUNK_ROWS} AND {HERE} ORDER BY c.id FOR NO KEY UPDATE OF c""",
        bounds,
    )


def _count(action: BulkAction, bounds: dict[str, Any]) -> None:
    reasons = dict(action.reasons)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT outcome, reason, count(*) FROM contacts_bulkactionrow r WHERE {CHUNK_ROWS} GROUP BY 1, 2",  # noqa: S608
            bounds,
        )
        for outcome, reason, count in cursor.fetchall():
            setattr(action, COUNTERS[outcome], getattr(action, COUNTERS[outcome]) + count)
            if reason:
                reasons[reason] = reasons.get(reason, 0) + count
    action.reasons = reasons
    action.status = "processing"
    action.started_at = action.started_at or clock.now()


def _run(sql: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _positional(sql: str, params: dict[str, Any]) -> tuple[str, list[Any]]:
    """`write_selected` takes parameters by position."""
    values: list[Any] = []

    class Taker(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            values.append(params[key])
            return "%s"

    return sql % Taker(), values


def _tag(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Add or remove tags. The undo of a tag action takes back from each contact only what that action changed on it."""
    adds = action.kind == "add_tags"
    known = Tag.objects.names_of(action.params.get("tags", ()))
    order = [pk for pk in action.params.get("tags", ()) if pk in known]
    params = {
        **bounds,
        "tags": order,
        "names": [known[pk] for pk in order],
        "most": MOST_TAGS,
        "now": clock.now(),
        "undoes": action.undoes_id,
        "held": "Has these tags already" if adds else "Has none of these tags",
        "full": f"Has the most tags a contact can have ({MOST_TAGS})",
        "gone": GONE,
    }
    if action.undoes_id:
        former = "LEFT JOIN contacts_bulkactionrow o ON o.action_id = %(undoes)s AND o.contact_id = w.contact_id"
        mine = "AND t = ANY(o.changed)"
    else:
        former, mine = "", ""
    _run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN found.contact_id IS NULL OR found.moved = '{{}}' THEN 'skipped'
                           WHEN found.size > %(most)s THEN 'failed' ELSE 'done' END,
            reason = CASE WHEN found.contact_id IS NULL THEN %(gone)s WHEN found.moved = '{{}}' THEN %(held)s
                          WHEN found.size > %(most)s THEN %(full)s ELSE '' END,
            changed = CASE WHEN found.contact_id IS NULL OR found.size > %(most)s THEN '{{}}' ELSE found.moved END
        FROM (
            SELECT w.id AS row_id, c.id AS contact_id, picked.moved,
                {"cardinality(c.tags) + cardinality(picked.moved)" if adds else "0"} AS size
            FROM contacts_bulkactionrow w
            LEFT JOIN contacts_contact c ON c.id = w.contact_id AND {HERE} AND c.deleted_at IS NULL
            {former}
            CROSS JOIN LATERAL (
                SELECT ARRAY(SELECT t FROM unnest(%(tags)s::varchar[]) WITH ORDINALITY AS wanted (t, n)
                    WHERE {"NOT" if adds else ""} t = ANY(c.tags) {mine} ORDER BY n) AS moved
            ) AS picked
            WHERE {CHUNK_ROWS.replace("r.", "w.")}
        ) AS found
        WHERE r.id = found.row_id""",
        params,
    )
    names = """(SELECT coalesce(jsonb_agg(wanted.name ORDER BY wanted.n), '[]')
        FROM unnest(%(tags)s::varchar[], %(names)s::text[]) WITH ORDINALITY AS wanted (id, name, n)
        WHERE wanted.id = ANY(r.changed))"""
    rest = "ARRAY(SELECT t FROM unnest(c.tags) WITH ORDINALITY AS held (t, n) WHERE NOT t = ANY(r.changed) ORDER BY n)"
    after = "c.tags || r.changed" if adds else rest
    added, removed = (names, "'[]'::jsonb") if adds else ("'[]'::jsonb", names)
    _journal(
        "contact.tagged" if adds else "contact.untagged",
        f"jsonb_build_object('tags', jsonb_build_array(to_jsonb(c.tags), to_jsonb({after})))",
        f"jsonb_build_object('added', {added}, 'removed', {removed})",
        params,
    )
    _change(f"tags = {after}", params)


def _delete(action: BulkAction, bounds: dict[str, Any]) -> None:
    now = clock.now()
    params = {**bounds, "now": now, "at": clock.iso(now), "by": scope.current().actor.name[:200], "gone": GONE}
    _run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN c.deleted_at IS NULL THEN 'done' ELSE 'skipped' END,
            reason = CASE WHEN c.deleted_at IS NULL THEN '' ELSE %(gone)s END
        FROM contacts_contact c
        WHERE {CHUNK_ROWS} AND c.id = r.contact_id AND {HERE}""",
        params,
    )
    _skip_purged(params)
    _journal(
        "contact.deleted",
        """jsonb_build_object('deleted_at', jsonb_build_array(NULL, %(at)s::text),
            'deleted_by', jsonb_build_array('', %(by)s::text))""",
        f"jsonb_build_object('name', {NAME})",
        params,
    )
    _change("deleted_at = %(now)s, deleted_by = %(by)s", params)


def _restore(action: BulkAction, bounds: dict[str, Any]) -> None:
    now = clock.now()
    params = {
        **bounds,
        "now": now,
        "oldest": now - KEPT_FOR,
        "unique": not current.location().allow_duplicates,
        "gone": "Not in the trash any more",
        "late": "Deleted more than 30 days ago",
        "twin": "Another contact has the same e-mail or phone",
    }
    _run(
        f"""UPDATE contacts_bulkactionrow r
        SET outcome = CASE WHEN found.deleted_at IS NULL THEN 'skipped' WHEN found.deleted_at < %(oldest)s THEN 'failed'
                           WHEN found.has_twin THEN 'failed' ELSE 'done' END,
            reason = CASE WHEN found.deleted_at IS NULL THEN %(gone)s WHEN found.deleted_at < %(oldest)s THEN %(late)s
                          WHEN found.has_twin THEN %(twin)s ELSE '' END
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
            JOIN contacts_contact c ON c.id = w.contact_id AND {HERE}
            WHERE {CHUNK_ROWS.replace("r.", "w.")}
        ) AS found
        WHERE r.id = found.row_id""",
        params,
    )
    _skip_purged(params)
    _journal(
        "contact.restored",
        """jsonb_build_object('deleted_at', jsonb_build_array(to_char(c.deleted_at AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), NULL), 'deleted_by', jsonb_build_array(c.deleted_by, ''))""",
        "'{}'::jsonb",
        params,
    )
    _change("deleted_at = NULL, deleted_by = ''", params)


def _skip_purged(params: dict[str, Any]) -> None:
    """Contacts of which no row is left at all."""
    _run(
        f"""UPDATE contacts_bulkactionrow r SET outcome = 'skipped', reason = %(gone)s
        WHERE {CHUNK_ROWS} AND r.outcome = ''""",
        params,
    )


def _journal(verb: str, changes: str, facts: str, params: dict[str, Any]) -> None:
    sql, values = _positional(
        f"SELECT c.id AS subject_id, c.id AS contact_id, {changes} AS changes, {facts} AS facts {CHANGED}",  # noqa: S608
        params,
    )
    write_selected(verb, "contact", sql, values)


def _change(assignments: str, params: dict[str, Any]) -> None:
    _run(
        f"""UPDATE contacts_contact c SET {assignments}, date_updated = %(now)s FROM contacts_bulkactionrow r
        WHERE c.id = r.contact_id AND {HERE} AND {CHUNK_ROWS} AND r.outcome = 'done'""",
        params,
    )


STEPS: dict[str, Callable[[BulkAction, dict[str, Any]], None]] = {
    "add_tags": _tag,
    "remove_tags": _tag,
    "delete": _delete,
    "restore": _restore,
}
