"""Custom values: named texts of the location, inserted as {{custom_values.key}}."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core.errors import Invalid, LimitReached
from core.text import slug
from objects.models import CustomValue

LONGEST_NAME = 200
LONGEST_VALUE = 5000
MOST = 1000


def create_value(*, name: str, value: str = "") -> CustomValue:
    """Add a custom value; its key comes from the name and stays.

    Raises:
        Invalid: {name or value: sentence}. LimitReached: there are 1,000.
    """
    values = _checked(name=name, value=value)
    with transaction.atomic():
        taken = set(CustomValue.objects.select_for_update().values_list("key", flat=True))
        if len(taken) >= MOST:
            raise LimitReached(f"A location can have {MOST:,} custom values.")
        stem = slug(values["name"])[:90] or "value"
        key, number = stem, 2
        while key in taken:
            key, number = f"{stem}_{number}", number + 1
        return CustomValue.record_new(key=key, **values)


def change_value(row: CustomValue, **given: Any) -> CustomValue:
    """Change `name` or `value`; what is not given stays.

    Raises:
        Invalid: {name or value: sentence}; nothing is written.
    """
    row.change(
        facts={"name": row.name}, **_checked(**{name: given[name] for name in ("name", "value") if name in given})
    )
    return row


def delete_value(row: CustomValue) -> None:
    """Delete a custom value; where it was inserted nothing stands from now on."""
    row.remove()


def uses_of(row: CustomValue) -> list[CustomValue]:
    """Other custom values whose text inserts this one, at most twenty."""
    return list(CustomValue.objects.filter(value__contains=f"custom_values.{row.key}").exclude(pk=row.pk)[:20])


def _checked(**given: Any) -> dict[str, str]:
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    if "name" in given:
        values["name"] = " ".join(str(given["name"] or "").replace("\x00", "").split())
        if not values["name"]:
            errors["name"] = "a custom value needs a name"
        elif len(values["name"]) > LONGEST_NAME:
            errors["name"] = f"longer than {LONGEST_NAME} characters"
    if "value" in given:
        values["value"] = str(given["value"] if given["value"] is not None else "").replace("\x00", "")
        if len(values["value"]) > LONGEST_VALUE:
            errors["value"] = f"longer than {LONGEST_VALUE:,} characters"
    if errors:
        raise Invalid(errors)
    return values
