"""What a record of a custom object is called and what search looks through: two columns that follow from its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import scope
from objects.models import CustomField, ObjectSchema, Record
from objects.models.custom_field import MAY_BE_SEARCHED

LONGEST = 5000
BATCH = 5000
MOST_SEARCHED = 20


def searched(schema: ObjectSchema) -> list[str]:
    """The ids of the fields that search looks through: the primary one first, then those marked as searchable."""
    rows = CustomField.objects.filter(model=schema.key, is_searchable=True, type__in=MAY_BE_SEARCHED)
    wanted = list(rows.values_list("pk", flat=True))
    first = [schema.primary_field_id] if schema.primary_field_id else []
    return list(dict.fromkeys([*first, *wanted]))


def exactly(key: str, text: str) -> Q | None:
    """Records of a kind with this very value in a searchable field; None where there is no such field. One query.

    Only whole values, as the index over all fields answers nothing else.
    """
    text = text.strip()
    wanted: list[Any] = [text]
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,8})?", text):
        wanted.append(float(text) if "." in text else int(text))
    found: Q | None = None
    rows = CustomField.objects.filter(model=key, is_searchable=True, type__in=MAY_BE_SEARCHED)[:MOST_SEARCHED]
    for pk in rows.values_list("pk", flat=True):
        for value in wanted:
            one = Q(custom__contains={pk: value})
            found = one if found is None else found | one
    return found


def columns(schema: ObjectSchema, custom: dict[str, Any], fields: Iterable[str]) -> dict[str, str]:
    """{"name", "search_text"} of a record with these values."""
    texts = [_text(custom.get(pk)) for pk in fields]
    return {
        "name": _text(custom.get(schema.primary_field_id or ""))[:1000],
        "search_text": " ".join(text for text in texts if text)[:LONGEST],
    }


def refresh(key: str) -> None:
    """Write both columns of every record of an object afresh, batch by batch, where they differ. May be repeated."""
    schema = ObjectSchema.objects.made_here().filter(key=key).first()
    if schema is None:
        return
    fields = searched(schema)
    words = "concat_ws(' ', " + ", ".join(["nullif(custom ->> %s, '')"] * len(fields)) + ")" if fields else "''"
    sql = f"""
        UPDATE objects_record AS record SET name = fresh.name, search_text = fresh.search_text
        FROM (SELECT id, left(coalesce(custom ->> %s, ''), 1000) AS name, left({words}, {LONGEST}) AS search_text
              FROM objects_record WHERE location_id = %s AND id = ANY(%s)) AS fresh
        WHERE record.id = fresh.id AND record.location_id = %s
          AND (record.name <> fresh.name OR record.search_text <> fresh.search_text)"""  # noqa: S608
    last = ""
    while chosen := list(
        Record.objects.filter(schema=schema, pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        last = chosen[-1]
        here = scope.location_id()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [schema.primary_field_id or "", *fields, here, chosen, here])


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
