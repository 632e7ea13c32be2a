"""The check: every row is read and decided before anything is written to contacts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from accounts import current
from contacts.importing import deciding, reading
from contacts.importing.converting import Converters, Tags
from contacts.importing.keys import keys_of
from contacts.importing.sniffing import open_text
from contacts.importing.targets import CUSTOM, NEW, custom_fields
from contacts.models import Import
from core import clock, ids
from core.errors import Problem, Refused
from objects.models import CustomField

log = logging.getLogger(__name__)
READING = 80  # per cent of the bar that reading takes; deciding takes the rest


class Overtaken(Exception):
    """The choices were changed, or another worker has taken over: this check is not wanted any more."""


def check(batch: Import) -> None:
    """Read the whole file into staging and decide every row. May be repeated; the last one counts.

    A file that cannot be read ends as status failed with the sentence that says why.
    """
    attempt = batch.attempt
    try:
        with _at_leisure():
            _check(batch, attempt)
    except Overtaken:
        log.info("check of import %s was overtaken", batch.pk)
    except Problem as problem:
        _fail(batch, attempt, problem.message)
    except (UnicodeDecodeError, OSError) as error:
        log.warning("import %s: the file cannot be read", batch.pk, exc_info=error)
        _fail(batch, attempt, "The uploaded file cannot be read any more. Upload it again.")


def fields_of(batch: Import) -> dict[str, CustomField]:
    """The custom fields of the mapping by id; those the import will make are not saved yet."""
    fields = {field.pk: field for field in custom_fields()}
    for column in batch.mapping:
        key = str(column.get("field") or "")
        if key.startswith(f"{NEW}."):
            pk = key.partition(".")[2]
            fields.setdefault(pk, CustomField(pk=pk, name=column["name"], type=column["type"]))
        elif key.startswith(CUSTOM) and key.removeprefix(CUSTOM) not in fields:
            raise Refused("A custom field of the mapping was deleted. Go back to Map and choose another one.")
    return fields


def _check(batch: Import, attempt: int) -> None:
    place = current.location()
    fields = fields_of(batch)
    keys = keys_of(batch, place, fields)
    if batch.mode == "always_create" and not place.allow_duplicates:
        raise Refused("This location does not allow duplicates, so “Create new” is not possible. Choose another way.")
    tags = Tags.load()
    every = [tags.id_of(name) for name in batch.tags]
    planned = reading.layout(batch, Converters(place, tags, batch.empty_clears), fields)
    names = planned.names
    reading.prepare(names)
    with default_storage.open(batch.file, "rb") as file:
        text = open_text(file, batch.encoding)
        reader = reading.Reader(text, batch, planned, every)
        reader.skip_header()
        for data in reader.chunks():
            if data:
                reading.store(data, names)
            read = text.buffer.raw.taken if batch.size else 0  # type: ignore[attr-defined]
            _progress(batch, attempt, total=reader.staged, percent=min(READING, read * READING // max(1, batch.size)))
    if not reader.staged:
        raise Refused(
            "This file has a header row and nothing below it. Export the contacts again and upload the new file."
        )
    _progress(batch, attempt, stage="Comparing with your contacts", percent=READING)
    prefix = ids.id_prefix()
    places = {str(column.get("field")): index for index, column in enumerate(batch.mapping) if column.get("field")}
    with transaction.atomic():
        batch.lock()
        if batch.attempt != attempt or batch.status != "checking":
            raise Overtaken
        batch.rows.all()._raw_delete(batch.rows.db)
        counts = deciding.decide(batch, keys, names, prefix, places)
        total, last = counts.pop("total"), counts.pop("last")
        plan = {
            "columns": names,
            "keys": [key.name for key in keys],
            "prefix": prefix,
            "tags": tags.used,
            "last": last,
            "contacts": _contacts(batch),
            "leaves_out": sum(1 for column in batch.mapping if not column.get("field")),
        }
        batch.change(
            status="checked",
            stage="",
            percent=100,
            plan=plan,
            counts=counts,
            total=total,
            done=0,
            checked_at=clock.now(),
        )


def _contacts(batch: Import) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM contacts_contact WHERE location_id = %s AND deleted_at IS NULL", [batch.location_id]
        )
        found: int = cursor.fetchone()[0]
        return found


def _progress(batch: Import, attempt: int, **state: Any) -> None:
    now = Import.objects.filter(pk=batch.pk).values_list("attempt", "status").first()
    if now != (attempt, "checking"):
        raise Overtaken
    batch.beat(**state)


def _fail(batch: Import, attempt: int, sentence: str) -> None:
    with transaction.atomic():
        batch.lock()
        if batch.attempt == attempt and batch.status == "checking":
            batch.change(status="failed", stage="", problem=sentence[:500])


@contextmanager
def _at_leisure() -> Iterator[None]:
    """Staging may be lost in a crash of the server and is then read again, so its commits need not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE IF EXISTS import_read, import_linked, import_kept_out")
