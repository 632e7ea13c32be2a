"""Rows of any table as plain values: for JSON as they are, for CSV as cells. Names stand beside ids."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from django.db import models

from accounts import names
from contacts.exporting import neutral
from contacts.models import Tag
from journal.models import plain
from objects.values import shown
from privacy.record_sets import ALWAYS_HIDDEN, Table

CHUNK = 1000
FILE_TYPES = ("FILE_UPLOAD", "SIGNATURE")
PEOPLE = ("followers",)


def columns(table: Table) -> list[str]:
    """The database columns of a table that are exported, in the order of the model."""
    hidden = ALWAYS_HIDDEN | table.hides
    own = [
        column.attname
        for column in table.rows.model._meta.concrete_fields
        if column.name not in hidden and column.attname not in hidden and not column.generated
    ]
    return [*own, *table.adds]


def read(table: Table, rows: Any) -> Iterator[dict[str, Any]]:
    """The rows as dictionaries, a chunk in memory at a time; the caller holds the transaction. Two queries a chunk more."""
    wanted = columns(table)
    chunk: list[dict[str, Any]] = []
    for row in rows.order_by("pk").values(*wanted).iterator(chunk_size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from _named(table, chunk)
            chunk = []
    yield from _named(table, chunk)


def _named(table: Table, chunk: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not chunk:
        return chunk
    people = [
        column.attname
        for column in table.rows.model._meta.concrete_fields
        if column.remote_field and column.related_model._meta.label == "accounts.User" and column.attname in chunk[0]
    ]
    wanted = {row[name] for row in chunk for name in people if row[name]}
    wanted |= {pk for row in chunk for name in PEOPLE for pk in row.get(name) or ()}
    known = names.of_users(wanted)
    tags = Tag.objects.names_of({pk for row in chunk for pk in row.get("tags") or ()}) if "tags" in chunk[0] else {}
    for row in chunk:
        for name in people:
            row[f"{name.removesuffix('_id')}_name"] = known.get(row[name] or "", "")
        for name in PEOPLE:
            if name in row:
                row[name] = [{"id": pk, "name": known.get(pk, "")} for pk in row[name] or ()]
        if "tags" in row:
            row["tags"] = [tags[pk] for pk in row["tags"] or () if pk in tags]
        if "custom" in row:
            held = row["custom"] or {}
            row["custom"] = {one.key: held[one.pk] for one in table.fields if held.get(one.pk) is not None}
    return chunk


def as_json(row: dict[str, Any], zone: dt.tzinfo) -> str:
    """A row as one line of JSON; times are ISO 8601 with the offset of `zone`."""
    return json.dumps({name: plain(_local(value, zone)) for name, value in row.items()}, ensure_ascii=False)


def _local(value: Any, zone: dt.tzinfo) -> Any:
    return value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, dt.datetime) else value


def header(table: Table) -> list[str]:
    """The head of a CSV: the same for every export of a table, whatever the rows hold."""
    cells: list[str] = []
    for name in columns(table):
        if name == "custom":
            continue
        if name in table.numbered:
            word = name.removeprefix("more_").removesuffix("s")
            cells += [f"{word}_{number}" for number in range(2, table.numbered[name] + 2)]
        else:
            cells.append(name)
        if _is_person(table.rows.model, name):
            cells.append(f"{name.removesuffix('_id')}_name")
    return [neutral(cell) for cell in [*cells, *(one.name for one in table.fields)]]


def cells(table: Table, row: dict[str, Any], zone: dt.tzinfo) -> list[str]:
    """A row as cells in the order of `header`, none of which a spreadsheet executes."""
    found: list[str] = []
    for name in columns(table):
        if name == "custom":
            continue
        value = row[name]
        if name in table.numbered:
            most = table.numbered[name]
            kind = "phone" if "phone" in name else "text"
            parts = [str(one.get("number", "")) if isinstance(one, dict) else str(one) for one in value or ()][:most]
            found += [neutral(part, kind) for part in [*parts, *[""] * (most - len(parts))]]
        else:
            kind = "phone" if name == "phone" else "number" if isinstance(value, (int, float)) else "text"
            found.append(neutral(as_word(value, zone), kind))
        if _is_person(table.rows.model, name):
            found.append(neutral(row[f"{name.removesuffix('_id')}_name"]))
    held = row.get("custom") or {}
    for one in table.fields:
        kind = "number" if isinstance(held.get(one.key), (int, float)) else "phone" if one.type == "PHONE" else "text"
        found.append(neutral(shown(one, held.get(one.key)), kind))
    return found


def _is_person(model: Any, name: str) -> bool:
    if "__" in name:
        return False
    column: Any = model._meta.get_field(
        name.removesuffix("_id") if name.endswith("_id") and not _has(model, name) else name
    )
    return isinstance(column, models.ForeignKey) and column.related_model._meta.label == "accounts.User"


def _has(model: Any, name: str) -> bool:
    return any(column.name == name for column in model._meta.concrete_fields)


def as_word(value: Any, zone: dt.tzinfo) -> str:
    """A value as people read it; times in `zone`."""
    value = plain(_local(value, zone))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value):
        return ", ".join(str(one["name"]) for one in value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
