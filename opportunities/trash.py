"""Opportunities that go to the trash and come back with their contact or pipeline, and those that go for good."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from contacts.models.trash import KEPT_FOR
from core import clock, scope
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write_many, write_selected
from opportunities.models import Opportunity, Pipeline

BATCH = 500
HERE = "FROM opportunities_opportunity o WHERE o.location_id = %s"
GONE = """
SELECT o.id AS subject_id, o.contact_id,
    jsonb_build_object('deleted_at', jsonb_build_array(NULL, %s::text)) AS changes,
    jsonb_build_object('name', o.name, 'with', %s::text) AS facts
"""
BACK = """
SELECT o.id AS subject_id, o.contact_id, '{}'::jsonb AS changes,
    jsonb_build_object('name', o.name, 'with', %s::text) AS facts
"""
CONTACT_GONE = (  # contacts.models.trash.ERASED: such deals stay, there is nobody to wait for
    "EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = o.contact_id AND c.deleted_at IS NOT NULL "
    "AND c.merged_into <> 'erased')"
)
PIPELINE_GONE = (
    "EXISTS (SELECT 1 FROM opportunities_pipeline p WHERE p.id = o.pipeline_id AND p.deleted_at IS NOT NULL)"
)


def go_with_contact(contact_id: str) -> int:
    """Trash what is live of a contact that is in the trash. Harmless to repeat. Returns how many went."""
    return _go(f"o.contact_id = %s AND {CONTACT_GONE}", contact_id)


def return_with_contact(contact_id: str) -> int:
    """Restore what went with a contact that is back. What lies in a deleted pipeline waits for that instead.

    Returns:
        How many came back. Harmless to repeat.
    """
    here = [scope.location_id(), contact_id]
    mine = f"{HERE} AND o.deleted_with = %s AND o.deleted_at IS NOT NULL AND NOT {CONTACT_GONE}"
    return _come_back(mine, here, PIPELINE_GONE, "pipeline_id")


def go_with_pipeline(pipeline: Pipeline) -> int:
    """Trash what is live in a pipeline. Returns how many went."""
    return _go("o.pipeline_id = %s", pipeline.pk)


def return_with_pipeline(pipeline: Pipeline) -> int:
    """Restore what went with a pipeline that is back. What belongs to a deleted contact waits for that instead.

    Returns:
        How many came back.
    """
    here = [scope.location_id(), pipeline.pk]
    mine = f"{HERE} AND o.deleted_with = %s AND o.deleted_at IS NOT NULL"
    return _come_back(mine, here, CONTACT_GONE, "contact_id")


@transaction.atomic
def _go(which: str, reason: str) -> int:
    now = clock.now()
    where = f"{HERE} AND o.deleted_at IS NULL AND {which}"
    here = [scope.location_id(), reason]
    entries = [clock.iso(now), reason, *here]
    count = write_selected("opportunity.deleted", "opportunity", f"{GONE} {where} FOR UPDATE OF o", entries)
    if count:
        _run(
            f"""UPDATE opportunities_opportunity SET deleted_at = %s, deleted_by = %s, deleted_with = %s,
                date_updated = %s WHERE id IN (SELECT o.id {where})""",  # noqa: S608  constants, with parameters
            [now, scope.current().actor.name[:200], reason, now, *here],
        )
    return count


@transaction.atomic
def _come_back(mine: str, here: list[Any], waits: str, waits_for: str) -> int:
    _run(
        f"UPDATE opportunities_opportunity SET deleted_with = {waits_for} WHERE id IN (SELECT o.id {mine} AND {waits})",  # noqa: S608
        here,
    )
    count = write_selected("opportunity.restored", "opportunity", f"{BACK} {mine} FOR UPDATE OF o", [here[1], *here])
    if count:
        _run(
            f"""UPDATE opportunities_opportunity SET deleted_at = NULL, deleted_by = '', deleted_with = '',
                date_updated = %s WHERE id IN (SELECT o.id {mine})""",  # noqa: S608  constants, with parameters
            [clock.now(), *here],
        )
    return count


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def purge() -> int:
    """Delete for good, in the location in scope, what has been in the trash for thirty days. Returns how many rows."""
    before = clock.now() - KEPT_FOR
    count = 0
    while True:
        with transaction.atomic():
            due = Opportunity.objects.trashed().filter(deleted_at__lt=before).order_by("pk")
            rows = list(
                due.only("id", "location_id", "contact_id").select_for_update(skip_locked=True, of=("self",))[:BATCH]
            )
            if not rows:
                break
            write_many([entry_for("opportunity.purged", row) for row in rows])
            with quietly(reason="opportunity.purged is written for each"):
                Opportunity.objects.filter(pk__in=[row.pk for row in rows]).delete()
        count += len(rows)
    for pipeline in Pipeline.objects.filter(deleted_at__lt=before, opportunities=None):
        with transaction.atomic(), quietly(reason="pipeline.purged speaks for its stages"):
            pipeline.stages.all().delete()
            pipeline.remove("pipeline.purged")
        count += 1
    return count
