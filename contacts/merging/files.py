"""Files that a master takes over: they are copied, so that each contact has its own and undoing finds both."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from contacts import attachments
from contacts.merging.state import State
from contacts.models import Contact
from core import ids


def take_over(master: Contact, others: list[Contact], before: State, after: State) -> list[str]:
    """Copy what the new state names and the master does not have yet; the picture's key in `after` becomes the copy's.

    Returns:
        The keys of the copies, for `discard` should the merge fail.
    """
    made: list[str] = []
    if after["picture"] and after["picture"] != before["picture"]:
        copy = f"pictures/{master.location_id}/{master.pk}/{ids.new_id()}.webp"
        if _copied(after["picture"], copy):
            made.append(copy)
            after["picture"] = copy
    for key, value in after.items():
        if not key.startswith("custom.") or value == before.get(key) or not isinstance(value, dict):
            continue
        field = key.removeprefix("custom.")
        giver = next((one for one in others if one.custom.get(field) == value), None)
        for file in attachments.held(giver, field) if giver else ():
            copy = attachments.key(master, field, file)
            if _copied(attachments.key(giver, field, file), copy):  # type: ignore[arg-type]
                made.append(copy)
    return made


def discard(keys: list[str]) -> None:
    """Delete copies that nobody refers to."""
    for key in keys:
        default_storage.delete(key)


def discard_taken_back(master: Contact, changes: dict[str, list[Any]]) -> None:
    """Delete, once this is committed, the copies that the master no longer names after an undo."""
    for key, (old, new) in changes.items():
        if key == "picture" and old and old != new:
            transaction.on_commit(partial(default_storage.delete, old))
        elif key.startswith("custom.") and isinstance(old, dict):
            for file in set(old) - set(new or {}):
                if ids.is_id(file):
                    name = attachments.key(master, key.removeprefix("custom."), file)
                    transaction.on_commit(partial(default_storage.delete, name))


def _copied(source: str, target: str) -> bool:
    """Whether the file was there to copy."""
    if default_storage.exists(target):
        return False
    try:
        with default_storage.open(source) as file:
            default_storage.save(target, file)
    except FileNotFoundError:
        return False
    return True
