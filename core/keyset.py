"""Pages of a list by key rather than by offset: the thousandth page costs what the first does."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from core import ids


@dataclass(frozen=True)
class Page:
    """`first` and `last` are places in the list, from 1; `previous` and `next` are cursors, empty at the ends."""

    rows: list[Any]
    first: int
    last: int
    previous: str
    next: str


def page(rows: Any, key: str, cursor: str = "", size: int = 50, descending: bool = False) -> Page:
    """A page of a queryset, sorted by `key` and then by id.

    Args:
        key: a column or annotation of text or of moments that is never null.
        cursor: `next` or `previous` of another page; one that was made up shows the first page.
    """
    backwards, place, value, pk = _read(cursor)
    if pk and isinstance(value, str):
        down = descending != backwards
        bound: Any = value
        if _is_moment(rows, key):
            try:
                bound = dt.datetime.fromisoformat(value)
            except ValueError:
                return page(rows, key, "", size, descending)
        side = "lt" if down else "gt"
        rows = rows.filter(
            Q(**{f"{key}__{side}e": bound}) & (Q(**{f"{key}__{side}": bound}) | Q(**{f"pk__{side}": pk}))
        )
    else:
        backwards, place = False, 1
    sign = "-" if descending != backwards else ""
    found = list(rows.order_by(f"{sign}{key}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
        place = max(1, place - len(found))
    last = place + len(found) - 1
    before = bool(found) and (more if backwards else bool(pk))
    after = bool(found) and (backwards or more)
    return Page(
        found,
        place if found else 0,
        last if found else 0,
        _write(True, place, getattr(found[0], key), found[0].pk) if before else "",
        _write(False, last + 1, getattr(found[-1], key), found[-1].pk) if after else "",
    )


def _is_moment(rows: Any, key: str) -> bool:
    if key in rows.query.annotations:
        return False
    return bool(rows.model._meta.get_field(key).get_internal_type() == "DateTimeField")


def _write(backwards: bool, place: int, value: Any, pk: str) -> str:
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    raw = json.dumps([int(backwards), place, text, pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, int, str, str]:
    nothing = (False, 1, "", "")
    if not cursor or len(cursor) > 2000:
        return nothing
    try:
        backwards, place, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not ids.is_id(pk) or "\x00" in value or not isinstance(place, int):
            return nothing
        value.encode()  # half a character is none of ours
    except (ValueError, binascii.Error, TypeError, AttributeError, RecursionError):
        return nothing
    return bool(backwards), min(max(place, 1), 10**9), value, pk
