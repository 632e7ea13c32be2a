"""What webhooks tell about opportunities."""

from __future__ import annotations

from typing import Any

from core import clock
from journal.models import Entry
from opportunities.models import Opportunity
from opportunities.normal import whole_units


def opportunities(entries: list[Entry]) -> list[dict[str, Any]]:
    """The opportunities of these entries, in the flat shape that all their events share; trashed ones as they were.

    Returns:
        One for each entry, bare ids where the row is gone for good. One query.
    """
    rows = {row.pk: row for row in Opportunity.objects.filter(pk__in={entry.subject_id for entry in entries})}
    return [shape(rows[entry.subject_id]) if entry.subject_id in rows else _gone(entry) for entry in entries]


def _gone(entry: Entry) -> dict[str, Any]:
    return {"locationId": entry.location_id, "id": entry.subject_id, "contactId": entry.contact_id}


def shape(row: Opportunity) -> dict[str, Any]:
    """The members of every event of an opportunity; those without a value are left out."""
    found = {
        "locationId": row.location_id,
        "id": row.pk,
        "assignedTo": row.assigned_to_id,
        "contactId": row.contact_id,
        "monetaryValue": whole_units(row.value_cents),
        "name": row.name,
        "pipelineId": row.pipeline_id,
        "pipelineStageId": row.stage_id,
        "source": row.source,
        "status": row.status,
        "dateAdded": clock.iso(row.date_added),
    }
    return {name: held for name, held in found.items() if held not in (None, "")}
