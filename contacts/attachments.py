"""Files in custom fields: what is accepted and where they lie.

A stored value is {file id: {"name", "size"}}. Where a file lies follows from location, contact, field and file id and
never from the value itself, which the API can write.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from contacts.identity import edit
from contacts.models import Contact
from core import ids
from core.errors import Invalid, LimitReached, NotFound, TooLarge
from objects.models import CustomField

MOST_BYTES = 25 * 1024 * 1024
LONGEST_NAME = 150


def key(contact: Contact, field_id: str, file_id: str) -> str:
    return f"files/{contact.location_id}/{contact.pk}/{field_id}/{file_id}"


def held(contact: Contact, field_id: str) -> dict[str, dict[str, Any]]:
    """The files of a field that we keep, by id; addresses that came through the API are not among them."""
    value = contact.custom.get(field_id)
    if not isinstance(value, dict):
        return {}
    return {name: item for name, item in value.items() if ids.is_id(name) and isinstance(item, dict) and "name" in item}


def add(contact: Contact, field: CustomField, upload: UploadedFile) -> None:
    """Keep a file in a field of the contact.

    Raises:
        Invalid: empty, too large, or a kind of file the field does not take. LimitReached: the field is full.
    """
    name = " ".join(str(upload.name or "file").replace("\x00", "").split())[-LONGEST_NAME:]
    ending = name.rpartition(".")[2].lower()
    formats = [str(one).lower().lstrip(".") for one in field.accepted_formats if one and one != "all"]
    if not upload.size:
        raise Invalid({"file": "This file is empty."})
    if upload.size > MOST_BYTES:
        raise TooLarge({"file": "This file is larger than 25 MB."})
    if formats and ending not in formats:
        raise Invalid({"file": f"This field takes {', '.join(formats)}."})
    most = field.most_files if field.allows_many_files else 1
    file_id = ids.new_id()
    default_storage.save(key(contact, field.pk, file_id), upload)
    try:
        with transaction.atomic():
            contact.lock()
            value = contact.custom.get(field.pk)
            files = dict(value) if isinstance(value, dict) else {}
            if len(files) >= most:
                raise LimitReached(
                    f"This field holds {most} files." if most > 1 else "This field holds one file. Remove it first."
                )
            edit(contact, custom={field.pk: {**files, file_id: {"name": name, "size": upload.size}}})
    except BaseException:
        default_storage.delete(key(contact, field.pk, file_id))
        raise


def discard(contact: Contact) -> None:
    """Delete every file of a contact that goes for good, once this is committed."""
    for field_id in contact.custom:
        for file_id in held(contact, field_id):
            transaction.on_commit(partial(default_storage.delete, key(contact, field_id, file_id)), robust=True)


def remove(contact: Contact, field: CustomField, file_id: str) -> None:
    """Take a file out of a field and delete it.

    Raises:
        NotFound: it is not there.
    """
    with transaction.atomic():
        contact.lock()
        files = contact.custom.get(field.pk)
        if not isinstance(files, dict) or file_id not in files:
            raise NotFound("This file is no longer here.")
        rest = {name: item for name, item in files.items() if name != file_id}
        edit(contact, custom={field.pk: rest or None})
        if ids.is_id(file_id):
            transaction.on_commit(lambda: default_storage.delete(key(contact, field.pk, file_id)))
