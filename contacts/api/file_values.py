"""Files in custom fields: as we keep them, {file id: {"name", "size"}}, and as the wire has them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core import ids
from core.pages import link


def meta_of(field_id: str, file_id: str, name: str, size: int) -> dict[str, Any]:
    """What the contract tells of one file."""
    return {
        "fieldname": field_id,
        "originalname": name,
        "encoding": "7bit",
        "mimetype": "application/octet-stream",
        "size": size,
        "uuid": file_id,
    }


def address_of(contact_id: str, field_id: str, file_id: str) -> str:
    return f"{settings.BASE_URL}{link('contacts:file', contact_id, field_id, file_id)}"


def to_wire(contact_id: str, field_id: str, value: Any) -> Any:
    """A stored value of a file field in the contract's shape; what came in another shape stays as it came."""
    if not isinstance(value, dict) or not all(_is_kept(name, item) for name, item in value.items()):
        return value
    return {
        name: {
            "meta": meta_of(field_id, name, item["name"], item["size"]),
            "url": address_of(contact_id, field_id, name),
            "documentId": name,
        }
        for name, item in value.items()
    }


def from_wire(value: Any) -> Any:
    """The inverse, so that what was read can be sent back."""
    if not isinstance(value, dict) or not all(_is_ours(name, item) for name, item in value.items()):
        return value
    return {name: {"name": item["meta"]["originalname"], "size": item["meta"]["size"]} for name, item in value.items()}


def _is_kept(name: str, item: Any) -> bool:
    return (
        ids.is_id(name)
        and isinstance(item, dict)
        and item.keys() == {"name", "size"}
        and isinstance(item["name"], str)
        and isinstance(item["size"], int)
    )


def _is_ours(name: str, item: Any) -> bool:
    meta = item.get("meta") if isinstance(item, dict) and item.get("documentId") == name else None
    return (
        ids.is_id(name)
        and isinstance(meta, dict)
        and isinstance(meta.get("originalname"), str)
        and isinstance(meta.get("size"), int)
    )
