"""Folders: groups of custom fields, in the order in which the record shows them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core.errors import Invalid, LimitReached
from journal.recorded import quietly
from objects.models import CustomField, FieldFolder
from objects.ordering import arrange, next_place

MOST_FOLDERS = 100


def create_folder(*, name: str, model: str = "contact") -> FieldFolder:
    """Add a folder, last.

    Raises:
        Invalid: no name, or another folder has it. LimitReached: 100 folders.
    """
    folders = FieldFolder.objects.filter(model=model)
    name = folder_name(name, folders)
    if folders.count() >= MOST_FOLDERS:
        raise LimitReached(f"A record type can have {MOST_FOLDERS} folders.")
    return FieldFolder.record_new(model=model, name=name, position=next_place(folders))


def rename_folder(folder: FieldFolder, name: str) -> None:
    """Give a folder another name.

    Raises:
        Invalid: no name, or another folder has it.
    """
    folder.change(name=folder_name(name, FieldFolder.objects.filter(model=folder.model).exclude(pk=folder.pk)))


def delete_folder(folder: FieldFolder) -> None:
    """Delete a folder; its fields stay, outside of any."""
    with transaction.atomic():
        held = CustomField.objects.filter(folder=folder)
        facts = {"fields": [field.name for field in held]}
        with quietly(reason="the folder's own entry names the fields that leave it"):
            held.update(folder=None)
        folder.remove(facts=facts)


def arrange_folders(model: str, ids: list[str]) -> None:
    """Give the folders of a record type this order, which is their order on the record."""
    arrange(FieldFolder.objects.filter(model=model), ids, "field_folder.reordered")


def folder_name(name: str, others: Any) -> str:
    """A name in its normal form.

    Raises:
        Invalid: none, too long, or one of the rows in `others` has it.
    """
    name = " ".join(str(name or "").replace("\x00", "").split())
    if not name:
        raise Invalid({"name": "a folder needs a name"})
    if len(name) > 200:
        raise Invalid({"name": "longer than 200 characters"})
    if others.filter(name__iexact=name).exists():
        raise Invalid({"name": f"there is a folder called {name} already"})
    return name
