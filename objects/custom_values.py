"""Custom values: named texts of the location, inserted as {{custom_values.key}}."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core.errors import Invalid, LimitReached
from core.text import slug
from journal.recorded import quietly
from objects.folders import folder_name
from objects.models import CustomValue, ValueFolder
from objects.ordering import next_place

LONGEST_NAME = 200
LONGEST_VALUE = 5000
MOST = 1000
MOST_FOLDERS = 100


def create_value(*, name: str, value: str = "", folder: str | None = None) -> CustomValue:
    """Add a custom value; its key comes from the name and stays.

    Raises:
        Invalid: {name or value: sentence}. LimitReached: there are 1,000.
    """
    values: dict[str, Any] = _checked(name=name, value=value)
    values["folder"] = _folder(folder)
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
    """Change `name`, `value` or `folder` (an id or None); what is not given stays.

    Raises:
        Invalid: {name, value or folder: sentence}; nothing is written.
    """
    values: dict[str, Any] = _checked(**{name: given[name] for name in ("name", "value") if name in given})
    if "folder" in given:
        values["folder"] = _folder(given["folder"])
    row.change(facts={"name": row.name}, **values)
    return row


def delete_value(row: CustomValue) -> None:
    """Delete a custom value; where it was inserted nothing stands from now on."""
    row.remove()


def uses_of(row: CustomValue) -> list[CustomValue]:
    """Other custom values whose text inserts this one, at most twenty."""
    return list(CustomValue.objects.filter(value__contains=f"custom_values.{row.key}").exclude(pk=row.pk)[:20])


def create_folder(name: str) -> ValueFolder:
    """Add a folder of custom values, last.

    Raises:
        Invalid: no name, or another folder has it. LimitReached: there are 100.
    """
    rows = ValueFolder.objects.all()
    name = folder_name(name, rows)
    if rows.count() >= MOST_FOLDERS:
        raise LimitReached(f"There can be {MOST_FOLDERS} folders.")
    return ValueFolder.record_new(name=name, position=next_place(rows))


def rename_folder(folder: ValueFolder, name: str) -> None:
    """Give a folder another name. Raises as `create_folder`."""
    folder.change(name=folder_name(name, ValueFolder.objects.exclude(pk=folder.pk)))


def delete_folder(folder: ValueFolder) -> None:
    """Delete a folder; its values stay, outside of any."""
    with transaction.atomic():
        with quietly(reason="the folder's own entry says so"):
            CustomValue.objects.filter(folder=folder).update(folder=None)
        folder.remove(facts={"name": folder.name})


def _folder(pk: str | None) -> ValueFolder | None:
    if not pk:
        return None
    found: ValueFolder | None = ValueFolder.objects.filter(pk=pk).first()
    if found is None:
        raise Invalid({"folder": "there is no such folder"})
    return found


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
