"""Do not disturb for many: blocking channels, and opening those that may be opened."""

from __future__ import annotations

import json
from typing import Any

from contacts.bulk_steps.chunks import CHUNK_ROWS, HERE, run
from contacts.bulk_steps.owning import undoing
from contacts.bulk_steps.putting import put, put_back
from contacts.models import BulkAction
from core import clock, scope

COLUMNS = ("dnd", "dnd_settings", "inbound_dnd", "has_unsubscribed")
STAYS = "Stays blocked: only the contact can opt in again"


def set_dnd(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Block the channels named; what is blocked already keeps its date and its reason."""
    params = _params(action, bounds, "active", action.params.get("message", ""))
    after = [
        """jsonb_build_object('dnd_settings', coalesce((SELECT jsonb_object_agg(s.key, %(state)s::jsonb)
            FROM unnest(%(channels)s::text[]) AS s (key)
            WHERE coalesce(c.dnd_settings #>> ARRAY[s.key, 'status'], 'inactive') = 'inactive'), '{}'))"""
    ]
    if "all" in action.params["channels"]:
        after.append("jsonb_build_object('dnd', true)")
    if "inbound" in action.params["channels"]:
        after.append(
            """CASE WHEN coalesce(c.inbound_dnd #>> '{all,status}', 'inactive') = 'inactive'
            THEN jsonb_build_object('inbound_dnd', jsonb_build_object('all', %(inbound)s::jsonb)) ELSE '{}' END"""
        )
    put("contact.dnd_changed", COLUMNS, " || ".join(after), params, held="Is blocked already")


def clear_dnd(action: BulkAction, bounds: dict[str, Any]) -> None:
    """Open the channels named, or with `all` every one that is blocked. What only the contact can lift stays."""
    params = _params(action, bounds, "inactive", "")
    wants_all = "all" in action.params["channels"]
    named = "true" if wants_all else "s.key = ANY(%(channels)s::text[])"
    after = [
        f"""jsonb_build_object('dnd_settings', coalesce((SELECT jsonb_object_agg(s.key, %(state)s::jsonb)
            FROM jsonb_each(c.dnd_settings) AS s WHERE {named} AND s.value ->> 'status' = 'active'), '{{}}'))"""  # noqa: S608
    ]
    if wants_all:
        after.append("jsonb_build_object('dnd', false)")
    if wants_all or "Email" in action.params["channels"]:
        after.append(
            """CASE WHEN c.has_unsubscribed AND c.dnd_settings #>> '{Email,status}' = 'active'
            THEN jsonb_build_object('has_unsubscribed', false) ELSE '{}' END"""
        )
    if "inbound" in action.params["channels"]:
        after.append(
            """CASE WHEN c.inbound_dnd #>> '{all,status}' = 'active'
            THEN jsonb_build_object('inbound_dnd', jsonb_build_object('all', %(inbound)s::jsonb)) ELSE '{}' END"""
        )
    put("contact.dnd_changed", COLUMNS, " || ".join(after), params, held="Is not blocked")
    run(
        f"""UPDATE contacts_bulkactionrow r SET reason = %(stays)s,
            outcome = CASE WHEN r.outcome = 'done' THEN 'done' ELSE 'failed' END
        FROM contacts_contact c WHERE c.id = r.subject_id AND {HERE} AND {CHUNK_ROWS} AND EXISTS (
            SELECT 1 FROM jsonb_each(c.dnd_settings) AS s
            WHERE {named} AND s.value ->> 'status' NOT IN ('active', 'inactive'))""",  # noqa: S608
        {**params, "stays": STAYS},
    )


def put_back_dnd(action: BulkAction, bounds: dict[str, Any]) -> None:
    put_back("contact.dnd_changed", [(name,) for name in COLUMNS], undoing(action, bounds))


def _params(action: BulkAction, bounds: dict[str, Any], status: str, message: str) -> dict[str, Any]:
    now = clock.now()
    state = {
        "status": status,
        "message": message,
        "code": "",
        "at": clock.iso(now),
        "by": scope.current().actor.name[:200],
        "kind": scope.current().actor.kind,
    }
    channels = [name for name in action.params["channels"] if name not in ("all", "inbound")]
    return {
        **bounds,
        "now": now,
        "channels": channels,
        "state": json.dumps(state),
        "inbound": json.dumps({"status": status, "message": message}),
    }
