"""Values of records as the API and webhooks have them: properties by key, money with its currency, text boxes apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from core import ids
from core.pages import link
from objects.models import CustomField, Record

DEFAULT_CURRENCY = "default"


def properties(record: Record, fields: Iterable[CustomField]) -> dict[str, Any]:
    """{key: value} of the fields that have one; a text box list gives one member each box, named <key>.<box key>."""
    found: dict[str, Any] = {}
    for field in fields:
        value = record.custom.get(field.pk)
        if value is None:
            continue
        if field.type == "TEXTBOX_LIST" and isinstance(value, dict):
            found |= {f"{field.key}.{box}": text for box, text in value.items()}
        elif field.type == "MONETORY":
            found[field.key] = {"currency": DEFAULT_CURRENCY, "value": value}
        elif field.type in ("FILE_UPLOAD", "SIGNATURE"):
            found[field.key] = files(record.pk, field.pk, value)
        else:
            found[field.key] = keys_of(field, value)
    return found


def keys_of(field: CustomField, value: Any) -> Any:
    """Options go out by key, what was typed instead of one as it is."""
    if not field.options:
        return value
    by_label = {str(option["label"]): str(option["key"]) for option in field.options}
    if isinstance(value, list):
        return [by_label.get(str(item), item) for item in value]
    return by_label.get(str(value), value)


def files(record_id: str, field_id: str, value: Any) -> list[Any]:
    """[{"url", …}] of a file field, whichever shape it is stored in."""
    if not isinstance(value, dict):
        return [{"url": value}] if isinstance(value, str) else list(value)
    return [
        {"url": address_of(record_id, field_id, name), "name": item["name"], "size": item.get("size", 0), "id": name}
        if ids.is_id(name) and isinstance(item, dict) and "name" in item
        else item
        for name, item in value.items()
    ]


def address_of(record_id: str, field_id: str, file_id: str) -> str:
    return f"{settings.BASE_URL}{link('objects:file', record_id, field_id, file_id)}"


def read(
    given: dict[str, Any], fields: Iterable[CustomField], held: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """({field id: value}, keys that are no property). Text boxes named one by one join those that are held."""
    by_key = {field.key: field for field in fields}
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in given.items():
        key, _, box = name.partition(".")
        field = by_key.get(name) or (by_key.get(key) if box else None)
        if field is None or (box and name not in by_key and field.type != "TEXTBOX_LIST"):
            unknown.append(name)
        elif box and name not in by_key:
            boxes = found.setdefault(field.pk, dict(held.get(field.pk) or {}))
            boxes[box] = value
        elif field.type == "MONETORY" and isinstance(value, dict):
            found[field.pk] = value.get("value")
        elif field.type in ("FILE_UPLOAD", "SIGNATURE") and isinstance(value, list):
            found[field.pk] = _kept(value, held.get(field.pk))
        else:
            found[field.pk] = value
    return found, unknown


def _kept(value: list[Any], held: Any) -> Any:
    """Files we gave out come back in our own shape, so that what was read can be sent again."""
    ours = held if isinstance(held, dict) else {}
    names = [item.get("id") if isinstance(item, dict) else None for item in value]
    if value and all(name in ours for name in names):
        return {name: ours[name] for name in names}
    return value
