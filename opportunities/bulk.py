"""Changing many opportunities at once: a statement for the rows and one for their entries, in one transaction.

The rows are frozen by id before anything is written, so what was counted is what is changed.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from contacts.models import Tag
from core import clock, scope
from core.errors import Invalid, Refused
from journal.writing import write_selected
from opportunities.models import LostReason, Opportunity, Stage
from opportunities.models.opportunity import check_reason, check_status
from opportunities.normal import MOST_TAGS

MOST = 10_000  # opportunities of one bulk change


def frozen(rows: Any) -> list[str]:
    """The ids of these opportunities.

    Raises:
        Invalid: there are none. Refused: there are more than ten thousand.
    """
    found = list(rows.order_by().values_list("pk", flat=True)[: MOST + 1])
    if not found:
        raise Invalid({"": "Choose at least one opportunity."})
    if len(found) > MOST:
        raise Refused(f"At most {MOST:,} opportunities can be changed at once. Narrow the list with filters.")
    return found


def move(chosen: list[str], stage: Stage) -> int:
    """Put them at the end of a stage, in their present order. Returns how many moved."""
    last = (
        Opportunity.objects.live().filter(stage=stage).order_by("-position").values_list("position", flat=True).first()
    )
    return _run(
        "opportunity.stage_changed",
        chosen,
        """
        SELECT old.id AS subject_id, old.contact_id,
            jsonb_build_object('stage', jsonb_build_array(old.stage_id, %(stage)s::text))
                || CASE WHEN old.pipeline_id = %(pipeline)s THEN '{}'::jsonb
                ELSE jsonb_build_object('pipeline', jsonb_build_array(old.pipeline_id, %(pipeline)s::text)) END AS changes,
            jsonb_build_object('from', held.name, 'to', %(name)s::text, 'name', old.name) AS facts
        FROM opportunities_opportunity old JOIN opportunities_stage held ON held.id = old.stage_id
        WHERE old.location_id = %(location)s AND old.id = ANY(%(chosen)s) AND old.stage_id <> %(stage)s
        """,
        """
        UPDATE opportunities_opportunity card SET stage_id = %(stage)s, pipeline_id = %(pipeline)s,
            stage_changed_at = %(now)s, last_action_at = %(now)s, date_updated = %(now)s, position = numbered.place
        FROM (
            SELECT id, %(last)s + row_number() OVER (ORDER BY position, id DESC) AS place FROM opportunities_opportunity
            WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND stage_id <> %(stage)s
        ) AS numbered
        WHERE card.id = numbered.id
        """,
        {"stage": stage.pk, "pipeline": stage.pipeline_id, "name": stage.name, "last": last or 0.0},
    )


def set_status(chosen: list[str], status: str, reason: LostReason | None = None) -> int:
    """Open, win, lose or abandon them. Losing again without a reason keeps the one that is there. Returns how many changed.

    Raises:
        Invalid: no such status, or the location wants a reason for losing.
    """
    check_status(status)
    check_reason(status, reason)
    kept = reason if status == "lost" else None
    return _run(
        "opportunity.status_changed",
        chosen,
        """
        SELECT id AS subject_id, contact_id,
            jsonb_build_object('status', jsonb_build_array(status, %(status)s::text))
                || CASE WHEN lost_reason_id IS NOT DISTINCT FROM %(reason)s THEN '{}'::jsonb
                ELSE jsonb_build_object('lost_reason', jsonb_build_array(lost_reason_id, %(reason)s::text)) END AS changes,
            jsonb_build_object('status', %(status)s::text, 'reason', %(reason_name)s::text, 'name', name) AS facts
        FROM opportunities_opportunity
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s)
            AND (status <> %(status)s OR (%(reason)s::text IS NOT NULL AND lost_reason_id IS DISTINCT FROM %(reason)s))
        """,
        """
        UPDATE opportunities_opportunity SET
            status_changed_at = CASE WHEN status = %(status)s THEN status_changed_at ELSE %(now)s END,
            status = %(status)s, lost_reason_id = %(reason)s, last_action_at = %(now)s, date_updated = %(now)s
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s)
            AND (status <> %(status)s OR (%(reason)s::text IS NOT NULL AND lost_reason_id IS DISTINCT FROM %(reason)s))
        """,
        {"status": status, "reason": kept.pk if kept else None, "reason_name": str(kept or "")},
    )


def assign(chosen: list[str], user_id: str | None) -> int:
    """Give them to an owner, who is no longer a follower of them, or to nobody. Returns how many changed hands."""
    return _run(
        "opportunity.assigned",
        chosen,
        """
        SELECT id AS subject_id, contact_id,
            jsonb_build_object('assigned_to', jsonb_build_array(assigned_to_id, %(user)s::text)) AS changes,
            jsonb_build_object('name', name) AS facts
        FROM opportunities_opportunity
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND assigned_to_id IS DISTINCT FROM %(user)s
        """,
        """
        UPDATE opportunities_opportunity SET assigned_to_id = %(user)s,
            followers = CASE WHEN %(user)s::text IS NULL THEN followers ELSE array_remove(followers, %(user)s::varchar) END,
            last_action_at = %(now)s, date_updated = %(now)s
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND assigned_to_id IS DISTINCT FROM %(user)s
        """,
        {"user": user_id},
    )


def tag(chosen: list[str], tags: list[Tag]) -> int:
    """Add tags; an opportunity that would have too many keeps those it has. Returns how many changed."""
    return _run(
        "opportunity.tagged",
        chosen,
        """
        SELECT id AS subject_id, contact_id,
            jsonb_build_object('tags', jsonb_build_array(to_jsonb(tags), to_jsonb(tags || missing))) AS changes,
            jsonb_build_object('added', to_jsonb(ARRAY(SELECT given.name FROM contacts_tag given
                WHERE given.id = ANY(missing) ORDER BY array_position(missing, given.id::varchar))),
                'removed', '[]'::jsonb, 'name', name) AS facts
        FROM (
            SELECT *, ARRAY(SELECT one FROM unnest(%(tags)s::varchar[]) one WHERE NOT one = ANY(held.tags)) AS missing
            FROM opportunities_opportunity held WHERE location_id = %(location)s AND id = ANY(%(chosen)s)
        ) AS row WHERE cardinality(missing) > 0 AND cardinality(tags) + cardinality(missing) <= %(most)s
        """,
        """
        UPDATE opportunities_opportunity card SET tags = card.tags || fresh.missing, date_updated = %(now)s
        FROM (
            SELECT id, ARRAY(SELECT one FROM unnest(%(tags)s::varchar[]) one WHERE NOT one = ANY(held.tags)) AS missing
            FROM opportunities_opportunity held WHERE location_id = %(location)s AND id = ANY(%(chosen)s)
        ) AS fresh
        WHERE card.id = fresh.id AND cardinality(fresh.missing) > 0
            AND cardinality(card.tags) + cardinality(fresh.missing) <= %(most)s
        """,
        {"tags": [row.pk for row in tags], "most": MOST_TAGS},
    )


def untag(chosen: list[str], tags: list[Tag]) -> int:
    """Take tags off. Returns how many changed."""
    return _run(
        "opportunity.untagged",
        chosen,
        """
        SELECT id AS subject_id, contact_id,
            jsonb_build_object('tags', jsonb_build_array(to_jsonb(tags),
                to_jsonb(ARRAY(SELECT one FROM unnest(tags) one WHERE NOT one = ANY(%(tags)s::varchar[]))))) AS changes,
            jsonb_build_object('added', '[]'::jsonb, 'removed', to_jsonb(ARRAY(SELECT gone.name FROM contacts_tag gone
                WHERE gone.id = ANY(tags) AND gone.id = ANY(%(tags)s) ORDER BY gone.name)), 'name', name) AS facts
        FROM opportunities_opportunity
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND tags && %(tags)s::varchar[]
        """,
        """
        UPDATE opportunities_opportunity SET date_updated = %(now)s,
            tags = ARRAY(SELECT one FROM unnest(tags) one WHERE NOT one = ANY(%(tags)s::varchar[]))
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND tags && %(tags)s::varchar[]
        """,
        {"tags": [row.pk for row in tags]},
    )


def trash(chosen: list[str]) -> int:
    """Move them to the trash for thirty days. Returns how many went."""
    return _run(
        "opportunity.deleted",
        chosen,
        """
        SELECT id AS subject_id, contact_id, '{}'::jsonb AS changes, jsonb_build_object('name', name) AS facts
        FROM opportunities_opportunity
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND deleted_at IS NULL
        """,
        """
        UPDATE opportunities_opportunity SET deleted_at = %(now)s, deleted_by = %(by)s, date_updated = %(now)s
        WHERE location_id = %(location)s AND id = ANY(%(chosen)s) AND deleted_at IS NULL
        """,
        {"by": scope.current().actor.name[:200]},
    )


def _run(verb: str, chosen: list[str], select: str, update: str, values: dict[str, Any]) -> int:
    given = {"location": scope.location_id(), "chosen": chosen, "now": clock.now(), **values}
    with transaction.atomic():
        list(Opportunity.objects.filter(pk__in=chosen).order_by("pk").select_for_update().values_list("pk"))
        text, params = _positional(select, given)
        written = write_selected(verb, "opportunity", text, params)
        with connection.cursor() as cursor:
            cursor.execute(update, given)
    return written


def _positional(sql: str, given: dict[str, Any]) -> tuple[str, list[Any]]:
    """The statement with %s for every %(name)s, and the values in their order: `write_selected` takes a list."""
    params: list[Any] = []

    class Taking(dict):  # type: ignore[type-arg]
        def __missing__(self, name: str) -> str:
            params.append(given[name])
            return "%s"

    return sql % Taking(), params


DEEDS: dict[str, tuple[str, str]] = {
    "stage": ("Move to a stage", "Move"),
    "status": ("Set the status", "Set status"),
    "owner": ("Change the owner", "Change owner"),
    "add_tags": ("Add tags", "Tag"),
    "remove_tags": ("Remove tags", "Untag"),
    "delete": ("Move to the trash", "Move to trash"),
}
