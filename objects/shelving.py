"""Values of deleted fields: out of the records at once, kept aside for thirty days, put back or forgotten.

All of it may be repeated, and stops and goes on at any batch. The field's own entries in the journal speak for the values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from core import ids, scope
from objects import attached
from objects.models import CustomField, ShelvedValue
from objects.types import RecordType

BATCH = 5000
WITH_FILES = ("FILE_UPLOAD", "SIGNATURE")


def shelve(kind: RecordType, field_id: str, most: int | None = None) -> int:
    """Take the values of a field out of the records of `kind` and keep them aside.

    Args:
        most: stop after about so many; all of them when None.

    Returns:
        How many records had one.
    """
    found = kind.model.objects.filter(custom__has_key=field_id).order_by().values_list("pk", flat=True)
    sql = f"""
        WITH chosen AS (
            SELECT id, custom -> %(field)s AS value FROM {kind.table}
            WHERE location_id = %(location)s AND id = ANY(%(ids)s) AND jsonb_exists(custom, %(field)s) FOR UPDATE
        ), kept AS (
            INSERT INTO objects_shelvedvalue (id, location_id, field_id, record_id, value)
            SELECT %(prefix)s || lpad(to_hex(row_number() OVER ()), 6, '0'), %(location)s, %(field)s, id, value FROM chosen
            ON CONFLICT (field_id, record_id) DO UPDATE SET value = excluded.value
        )
        UPDATE {kind.table} AS record SET custom = record.custom - %(field)s
        FROM chosen WHERE record.id = chosen.id AND record.location_id = %(location)s"""  # noqa: S608
    return _in_batches(found, sql, field_id, most)


def unshelve(kind: RecordType, field_id: str, most: int | None = None) -> int:
    """Put values kept aside back where the record has no newer one. Arguments as for `shelve`.

    Returns:
        How many were taken off the shelf; those whose record is gone are among them.
    """
    found = ShelvedValue.objects.filter(field=field_id).order_by().values_list("record_id", flat=True)
    sql = f"""
        WITH taken AS (
            DELETE FROM objects_shelvedvalue
            WHERE field_id = %(field)s AND location_id = %(location)s AND record_id = ANY(%(ids)s)
            RETURNING record_id, value
        )
        UPDATE {kind.table} AS record SET custom = jsonb_build_object(%(field)s::text, taken.value) || record.custom
        FROM taken WHERE record.id = taken.record_id AND record.location_id = %(location)s"""  # noqa: S608
    return _in_batches(found, sql, field_id, most)


def forget(field: CustomField) -> None:
    """Delete the values kept aside for a field, with their files. The field must be deleted."""
    rows = ShelvedValue.objects.filter(field=field)
    while chosen := list(rows.order_by("pk")[:BATCH]):
        with transaction.atomic():
            if field.type in WITH_FILES:
                for row in chosen:
                    for key in attached.keys_of(field.location_id, row.record_id, field.pk, row.value):
                        transaction.on_commit(lambda key=key: default_storage.delete(key), robust=True)
            rows.filter(pk__in=[row.pk for row in chosen]).delete()


def _in_batches(found: Iterable[str], sql: str, field_id: str, most: int | None) -> int:
    done = 0
    while most is None or done < most:
        chosen = list(found[:BATCH])  # type: ignore[index]
        if not chosen:
            return done
        params: dict[str, Any] = {
            "field": field_id,
            "location": scope.location_id(),
            "ids": chosen,
            "prefix": ids.id_prefix(),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
        done += len(chosen)
    return done
