"""Merge tags in texts: {{custom_values.key}} and {{contact.key}} become what they stand for when a text is rendered."""

from __future__ import annotations

import re
from typing import Any

from objects.models import CustomField, CustomValue
from objects.values import shown

TAG = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,59})\.([a-z0-9_]{1,200})\s*\}\}", re.IGNORECASE)
MOST_TAGS = 500
LONGEST = 200_000  # characters; what follows is cut off
CONTACT = {
    "first_name": "first_name",
    "last_name": "last_name",
    "name": "name",
    "full_name": "name",
    "email": "email",
    "phone": "phone",
    "company_name": "company_name",
    "address": "address",
    "address1": "address",
    "full_address": "",
    "city": "city",
    "state": "state",
    "postal_code": "postal_code",
    "country": "country",
    "website": "website",
    "source": "source",
    "type": "type",
    "timezone": "timezone",
    "date_of_birth": "date_of_birth",
    "id": "pk",
}


def render(text: str, contact: Any = None) -> str:
    """`text` with its merge tags replaced. Unknown and empty ones become nothing; it never raises over a text.

    A custom value may hold tags itself; they are replaced as well, but what stands in theirs is left as it is: one level,
    so that two values that insert each other do no harm. Values of a contact are never read for tags, as strangers may
    have typed them. At most three queries, none for a text without tags.

    Args:
        contact: whose {{contact.…}} tags are filled in; they become nothing without one.
    """
    text = str(text or "")[:LONGEST]
    tags = _tags(text)
    if not tags:
        return text
    values = _values({key for kind, key in tags if kind == "custom_values"})
    within = {tag for value in values.values() for tag in _tags(value)}
    deeper = _values({key for kind, key in within if kind == "custom_values"} - set(values)) | values
    person = _person({key for kind, key in tags | within if kind == "contact"}, contact)

    bare = {key: TAG.sub("", value) for key, value in deeper.items()}

    def plain(found: re.Match[str]) -> str:
        kind, key = found[1].lower(), found[2].lower()
        if kind == "custom_values":
            return bare.get(key, "")
        return person.get(key, "") if kind == "contact" else ""

    whole = {key: TAG.sub(plain, value)[:LONGEST] for key, value in values.items()}

    def nested(found: re.Match[str]) -> str:
        is_value = found[1].lower() == "custom_values"
        return whole.get(found[2].lower(), "") if is_value else plain(found)

    return TAG.sub(nested, text)[:LONGEST]


def _tags(text: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for match in TAG.finditer(text):
        found.add((match[1].lower(), match[2].lower()))
        if len(found) >= MOST_TAGS:
            break
    return found


def _values(keys: set[str]) -> dict[str, str]:
    if not keys:
        return {}
    return dict(CustomValue.objects.filter(key__in=keys).values_list("key", "value"))


def _person(keys: set[str], contact: Any) -> dict[str, str]:
    """{key: text} of the contact's standard and custom fields among `keys`."""
    if contact is None or not keys:
        return {}
    found: dict[str, str] = {}
    for key in keys & set(CONTACT):
        value = getattr(contact, CONTACT[key], "") if CONTACT[key] else _address(contact)
        found[key] = "" if value is None else str(value)
    rest = keys - set(CONTACT)
    if rest:
        for field in CustomField.objects.filter(model="contact", key__in=rest):
            found[field.key] = shown(field, contact.custom.get(field.pk))
    return found


def _address(contact: Any) -> str:
    parts = (contact.address, contact.city, f"{contact.state} {contact.postal_code}".strip(), contact.country)
    return ", ".join(part for part in parts if part)
