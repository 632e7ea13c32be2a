"""The bodies of webhooks about custom objects and their records, from entries of the journal."""

from __future__ import annotations

from typing import Any

from core import clock
from journal.models import Entry
from objects import schemas, wire
from objects.models import CustomField, ObjectSchema, Record

MOST_FIELDS = 500


def schema(entry: Entry) -> dict[str, Any]:
    """An object schema as it is now. `ObjectSchemaCreate`, `ObjectSchemaUpdate`."""
    found = ObjectSchema.objects.filter(pk=entry.subject_id).select_related("primary_field").first()
    shape: dict[str, Any] = {"id": entry.subject_id, "locationId": entry.location_id, "timestamp": clock.iso(entry.at)}
    if found is None:
        return shape
    primary = found.primary_field.full_key if found.primary_field else f"{found.key}.name"
    return {
        **shape,
        "labels": {"singular": found.singular, "plural": found.plural},
        "description": found.description,
        "searchableProperties": schemas.searchable(found.key),
        "primaryDisplayProperty": primary,
        "key": found.key,
        "objectType": "SYSTEM_DEFINED" if found.is_standard else "USER_DEFINED",
        "createdAt": clock.iso(found.date_added),
        "updatedAt": clock.iso(found.date_updated),
    }


def record(entry: Entry) -> dict[str, Any]:
    """A record as it is now, its values as texts. `RecordCreate`, `RecordUpdate`, `RecordDelete`."""
    found = Record.objects.filter(pk=entry.subject_id).select_related("schema").first()
    shape: dict[str, Any] = {"id": entry.subject_id, "locationId": entry.location_id, "timestamp": clock.iso(entry.at)}
    if found is None:
        return shape
    fields = CustomField.objects.filter(model=found.schema.key)[:MOST_FIELDS]
    return {
        **shape,
        "objectKey": found.schema.key,
        "owners": [found.owner_id] if found.owner_id else [],
        "followers": found.followers,
        "properties": [
            {"key": key, "valueString": _text(value)} for key, value in wire.properties(found, fields).items()
        ],
    }


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("value", ""))
    if isinstance(value, list):
        return ", ".join(str(item.get("url", "")) if isinstance(item, dict) else str(item) for item in value)
    return str(value)
