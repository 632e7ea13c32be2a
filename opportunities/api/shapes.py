"""Opportunities as the wire has them. Members without a value are left out: the contract's schema knows no null."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef

from contacts.api.notes import shown as note_shown
from contacts.api.shapes import TagNames
from contacts.api.tasks import shown as task_shown
from contacts.models import Contact, Note, Task
from core import clock, scope
from core.errors import NotFound
from opportunities.contacts_seen import hidden
from opportunities.models import Opportunity, may_see_values
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.normal import whole_units

COLUMNS = (
    "id", "location_id", "name", "value_cents", "pipeline_id", "stage_id", "assigned_to_id", "status", "source",
    "status_changed_at", "stage_changed_at", "last_action_at", "date_added", "date_updated", "contact_id",
    "lost_reason_id", "custom", "followers", "contact__first_name", "contact__last_name", "contact__company_name",
    "contact__email", "contact__phone", "contact_tags",
)  # fmt: skip
MOST_DETAILS = 2000  # notes, or tasks, of all the contacts of one page
OPPORTUNITY = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "name": "Website",
    "monetaryValue": 5200,
    "pipelineId": "0Wk3Zr7Xo2Vf9GqHbS4p",
    "pipelineStageId": "0Wk3Zr7Xo2Vf9GqHbS4s",
    "status": "open",
    "contactId": "0Wk3Zr7Xo2Vf9GqHbS4c",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "contact": {"id": "0Wk3Zr7Xo2Vf9GqHbS4c", "name": "Rosan Deo", "tags": ["vip"]},
    "customFields": [],
}


def live() -> OpportunityQuerySet:
    """The opportunities that the caller sees."""
    found: OpportunityQuerySet = Opportunity.objects.live().visible_to(scope.current().actor)
    return found


def get_opportunity(pk: str) -> Opportunity:
    """The opportunity as an object, to change it.

    Raises:
        NotFound: `Opportunity with id … not found`.
    """
    found: Opportunity | None = live().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"Opportunity with id {pk} not found")
    return found


def rows(found: OpportunityQuerySet, *more: str) -> Any:
    """The queryset as dicts of what the shapes need, plus `more` columns."""
    found = found.annotate(contact_tags=TagNames(F("contact__tags")))
    actor = scope.current().actor
    if not actor.sees_everything:
        found = found.annotate(contact_seen=Exists(Contact.objects.visible_to(actor).filter(pk=OuterRef("contact"))))
        more = (*more, "contact_seen")
    return found.values(*COLUMNS, *more)


def one(pk: str) -> dict[str, Any]:
    """One opportunity in its shape: one statement.

    Raises:
        NotFound: as above.
    """
    found = rows(live().filter(pk=pk)).first()
    if found is None:
        raise NotFound(f"Opportunity with id {pk} not found")
    return shown(found)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """An opportunity with its contact; without the value for those who may not see it."""
    sees_value = may_see_values(scope.current().actor)
    shape = {
        "id": row["id"],
        "name": row["name"],
        "monetaryValue": whole_units(row["value_cents"]) if sees_value else None,
        "pipelineId": row["pipeline_id"],
        "pipelineStageId": row["stage_id"],
        "assignedTo": row["assigned_to_id"],
        "status": row["status"],
        "source": row["source"],
        "lastStatusChangeAt": clock.iso(row["status_changed_at"]),
        "lastStageChangeAt": clock.iso(row["stage_changed_at"]),
        "lastActionDate": clock.iso(row["last_action_at"]),
        "createdAt": clock.iso(row["date_added"]),
        "updatedAt": clock.iso(row["date_updated"]),
        "contactId": row["contact_id"],
        "locationId": row["location_id"],
        "lostReasonId": row["lost_reason_id"],
        "contact": {"id": row["contact_id"]}
        if not row.get("contact_seen", True)
        else _filled(
            {
                "id": row["contact_id"],
                "name": f"{row['contact__first_name']} {row['contact__last_name']}".strip(),
                "companyName": row["contact__company_name"],
                "email": row["contact__email"],
                "phone": row["contact__phone"],
                "tags": row["contact_tags"],
            }
        ),
        "customFields": [custom(key, value) for key, value in row["custom"].items()],
        "followers": row["followers"],
    }
    return _filled(shape)


def custom(field_id: str, value: Any) -> dict[str, Any]:
    """A value under `fieldValue`, and once more under the member of its type, as clients read either."""
    kind = "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        kind = "number"
    return {"id": field_id, "fieldValue": value, "type": kind, f"fieldValue{kind.capitalize()}": value}


def with_details(shapes: list[dict[str, Any]], notes: bool, tasks: bool, events: bool) -> list[dict[str, Any]]:
    """Add what was asked for of the contacts: notes, tasks, calendar events. One query for each kind."""
    contacts = {shape["contactId"] for shape in shapes}
    contacts -= hidden(contacts)
    kinds: dict[str, dict[str, list[Any]]] = {}
    if notes:
        kinds["notes"] = _by_contact(Note.objects.filter(contact__in=contacts).order_by("-pk"), note_shown)
    if tasks:
        kinds["tasks"] = _by_contact(Task.objects.filter(contact__in=contacts).order_by("-pk"), task_shown)
    if events:
        kinds["calendarEvents"] = {}  # nobody has appointments before there are calendars
    for shape in shapes:
        for name, held in kinds.items():
            shape[name] = held.get(shape["contactId"], [])
    return shapes


def _by_contact(found: Any, shown: Any) -> dict[str, list[Any]]:
    held: dict[str, list[Any]] = defaultdict(list)
    for row in _bounded(found):
        held[row.contact_id].append(shown(row))
    return held


def _bounded(found: Any) -> Iterable[Any]:
    return list(found[:MOST_DETAILS])


def _filled(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None and value != ""}
