"""Contacts, notes and tasks as webhooks tell of them: members without a value are left out, as in the API."""

from __future__ import annotations

from typing import Any

from contacts.api import shapes
from contacts.models import Contact, Note, Task
from contacts.models.consent import CHANNELS
from core import clock
from journal.models import Entry

TOLD = ("SMS", "Email", "GMB", "FB", "WhatsApp", "Call")  # the channels of the contract, in its order
OPEN = {"status": "inactive", "message": "", "code": ""}


def _filled(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None and value != ""}


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    born = row["date_of_birth"]
    return _filled(
        {
            "locationId": row["location_id"],
            "id": row["id"],
            "address1": row["address"],
            "city": row["city"],
            "state": row["state"],
            "companyName": row["company_name"],
            "country": row["country"],
            "source": row["source"],
            "dateAdded": clock.iso(row["date_added"]),
            "dateOfBirth": born and clock.iso(clock.midnight(born)),
            "dnd": row["dnd"],
            "email": row["email"],
            "name": shapes.name_of(row),
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "phone": row["phone"],
            "postalCode": row["postal_code"],
            "tags": row["tag_names"],
            "website": row["website"],
            "attachments": [],
            "assignedTo": row["assigned_to_id"],
            "customFields": shapes.custom_of(row),
        }
    )


def contacts(entries: list[Entry]) -> list[dict[str, Any]]:
    """The contacts of these entries as they are now, trashed ones as they were. One query."""
    return [shape for shape, _ in _found(entries)]


def contacts_with_dnd(entries: list[Entry]) -> list[dict[str, Any]]:
    """The same, and what is blocked on every channel the contract knows."""
    shown = []
    for shape, row in _found(entries):
        held = shapes.dnd_of(row["dnd_settings"]) if row else {}
        shown.append({**shape, "dndSettings": {name: held.get(name, OPEN) for name in TOLD if name in CHANNELS}})
    return shown


def merged_contacts(entries: list[Entry]) -> list[dict[str, Any]]:
    """The same, and the ids of those that became one with it. Each of them is told of as deleted as well."""
    return [
        {**shape, "mergedContactIds": entry.facts.get("contacts_absorbed", [])}
        for entry, shape in zip(entries, contacts_with_dnd(entries), strict=True)
    ]


def contacts_with_followers(entries: list[Entry]) -> list[dict[str, Any]]:
    """The same, and who follows."""
    return [{**shape, "followers": row["followers"] if row else []} for shape, row in _found(entries)]


def _found(entries: list[Entry]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    chosen = Contact.objects.filter(pk__in={entry.contact_id for entry in entries})
    rows = {row["id"]: row for row in shapes.rows(chosen)}
    gone = {"locationId": "", "id": ""}
    return [
        (_contact(row), row)
        if (row := rows.get(entry.contact_id or ""))
        else ({**gone, "locationId": entry.location_id, "id": entry.contact_id}, None)
        for entry in entries
    ]


def notes(entries: list[Entry]) -> list[dict[str, Any]]:
    """The notes of these entries; of a deleted one what its entry kept. One query."""
    rows = Note.objects.in_bulk([entry.subject_id for entry in entries])
    return [
        _filled(
            {
                "locationId": entry.location_id,
                "id": entry.subject_id,
                "body": row.body if row else _kept(entry).get("body"),
                "contactId": entry.contact_id,
                "dateAdded": clock.iso(row.date_added) if row else _kept(entry).get("date_added"),
            }
        )
        for entry in entries
        for row in (rows.get(entry.subject_id),)
    ]


def tasks(entries: list[Entry]) -> list[dict[str, Any]]:
    """The tasks of these entries; of a deleted one what its entry kept. One query."""
    rows = Task.objects.in_bulk([entry.subject_id for entry in entries])
    shown = []
    for entry in entries:
        row = rows.get(entry.subject_id)
        held = row.told if row else _kept(entry)
        shown.append(
            _filled(
                {
                    "locationId": entry.location_id,
                    "id": entry.subject_id,
                    "assignedTo": held.get("assigned_to"),
                    "body": held.get("body"),
                    "contactId": entry.contact_id,
                    "title": held.get("title"),
                    "dateAdded": held.get("date_added"),
                    "dueDate": held.get("due_at"),
                }
            )
        )
    return shown


def _kept(entry: Entry) -> dict[str, Any]:
    """What an entry itself knows of a row that is gone: what was said at its removal, or what changed."""
    changed = {name: new for name, (_, new) in entry.changes.items()}
    return {"date_added": clock.iso(entry.at), **changed, **entry.facts}


def imported(entry: Entry) -> dict[str, Any]:
    """An import that is finished."""
    return _filled(
        {
            "locationId": entry.location_id,
            "id": entry.subject_id,
            "name": entry.facts.get("name"),
            "dateAdded": clock.iso(entry.at),
        }
    )
