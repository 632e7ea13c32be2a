"""Forgetting for good: deleted fields with their values, trashed records with their files, trashed objects with all."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from core import clock
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write_many
from objects import attached, relations, shelving, types
from objects.keeping import KEPT_FOR
from objects.models import CustomField, FieldFolder, ObjectSchema, Record

BATCH = 500


def forget_field(field: CustomField) -> int:
    """Delete a deleted field and its values for good, whatever its age. Returns 1, or 0 where it is in use again."""
    held = CustomField.objects.deleted().filter(pk=field.pk).first()
    if held is None:
        return 0
    kind = types.of(held.model)
    if kind:
        shelving.shelve(kind, held.pk)
    shelving.forget(held)
    with transaction.atomic():
        held.lock()
        if held.deleted_at is None:
            return 0
        held.remove("custom_field.purged", facts={"model": held.model, "key": held.key})
    return 1


def forget_records(oldest: Record) -> int:
    """Delete the records of the location in scope that have been in the trash for thirty days. Returns how many."""
    return purge_records(Record.objects.trashed().filter(deleted_at__lt=clock.now() - KEPT_FOR))


def purge_records(records: Any) -> int:
    """Delete these records with their files for good, in batches. The journal keeps that there was one, without its name.

    Returns:
        How many.
    """
    count = 0
    while True:
        with transaction.atomic():
            rows = list(
                records.order_by("pk").only("id", "location_id", "custom").select_for_update(skip_locked=True)[:BATCH]
            )
            if not rows:
                return count
            write_many([entry_for("record.purged", row) for row in rows])
            relations.forget(row.pk for row in rows)
            with quietly(reason="record.purged is written for each"):
                Record.objects.filter(pk__in=[row.pk for row in rows]).delete()
            for row in rows:
                for field_id, value in row.custom.items():
                    for key in attached.keys_of(row.location_id, row.pk, field_id, value):
                        transaction.on_commit(partial(default_storage.delete, key), robust=True)
        count += len(rows)


def forget_schema(schema: ObjectSchema) -> int:
    """Delete a trashed object with its records, fields and folders for good. Returns 1, or 0 where it is back in use."""
    held = ObjectSchema.objects.filter(pk=schema.pk, deleted_at__isnull=False).first()
    if held is None:
        return 0
    purge_records(Record.objects.filter(schema=held))
    relations.forget_kind(held.key)
    with quietly(reason="the object's own entry speaks for its fields and folders"):
        for field in CustomField.objects.everywhere(reason="named by key, in the location").filter(
            location=held.location_id, model=held.key
        ):
            shelving.forget(field)
            CustomField.objects.everywhere(reason="the one at hand").filter(pk=field.pk).delete()
        FieldFolder.objects.filter(model=held.key).delete()
    with transaction.atomic():
        held.lock()
        held.remove("object_schema.purged", facts={"key": held.key})
    return 1
