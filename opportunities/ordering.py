"""Orders of opportunities, and pages of them by key: the thousandth page costs what the first does."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Coalesce, Collate, Lower

from core import ids
from core.keyset import Page

LAST_DAY = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Order:
    """`key` is never null; `is_down` is the direction that choosing it first gives."""

    label: str
    key: Any
    kind: str  # number, text, moment or day
    is_down: bool = False
    words: tuple[str, str] = ("A to Z", "Z to A")  # ascending, descending
    needs_values: bool = False


NEWEST = ("oldest first", "latest first")
BOARD_ORDER = "position"
ORDERS = {
    BOARD_ORDER: Order("Board order", F("position"), "number", words=("as arranged", "turned round")),
    "stage_changed": Order("Last stage change", F("stage_changed_at"), "moment", True, NEWEST),
    "created": Order("Created", F("date_added"), "moment", True, NEWEST),
    "close": Order(
        "Expected close",
        Coalesce(F("expected_close_on"), Value(LAST_DAY, output_field=DateField())),
        "day",
        words=("soonest first", "latest first"),
    ),
    "value": Order("Value", F("value_cents"), "number", True, ("lowest first", "highest first"), True),
    "name": Order("Name", Collate(Lower("name"), "C"), "text"),
    "contact": Order("Contact", F("contact__name_folded"), "text"),
    "status": Order("Status", Collate(F("status"), "C"), "text"),
    "stage": Order("Stage", F("stage__position"), "number", words=("first stage first", "last stage first")),
}
ON_BOARD = (BOARD_ORDER, "stage_changed", "created", "close", "value", "name")


def split(sort: str, default: str) -> tuple[Order, bool]:
    """The order of a name such as "-value", and whether it goes down."""
    name = sort if sort.lstrip("-") in ORDERS else default
    return ORDERS[name.lstrip("-")], name.startswith("-")


def ordered(rows: Any, order: Order, down: bool) -> Any:
    """`rows` in that order with their key as `sort_key`; of equal ones the newest come first."""
    sign = "-" if down else ""
    return rows.annotate(sort_key=order.key).order_by(f"{sign}sort_key", "-pk")


def after(rows: Any, order: Order, down: bool, cursor: str) -> Any:
    """Those of `rows`, as `ordered` gives them, that come behind the cursor; all for one that cannot be read."""
    found = read(cursor, order)
    if found is None:
        return rows
    return _beyond(rows, down, found[0], found[1])


def _beyond(rows: Any, down: bool, value: Any, pk: str, backwards: bool = False) -> Any:
    side = "lt" if down != backwards else "gt"
    tie = "gt" if backwards else "lt"
    return rows.filter(
        Q(**{f"sort_key__{side}e": value}) & (Q(**{f"sort_key__{side}": value}) | Q(**{f"pk__{tie}": pk}))
    )


def page(rows: Any, order: Order, down: bool, cursor: str = "", size: int = 50) -> Page:
    """A page of `rows`. One query."""
    backwards, place = False, 1
    mark, _, packed = cursor.partition(".")
    found = read(packed, order) if packed else None
    if found is not None:
        backwards = mark.startswith("b")
        number = mark.lstrip("bf")
        place = min(max(int(number), 1), 10**9) if number.isdecimal() and len(number) < 12 else 1
        rows = _beyond(ordered(rows, order, down), down, found[0], found[1], backwards)
    if backwards:
        sign = "" if down else "-"
        rows = rows.order_by(f"{sign}sort_key", "pk")
    else:
        rows = ordered(rows, order, down)
    held = list(rows[: size + 1])
    more, held = len(held) > size, held[:size]
    if backwards:
        held.reverse()
        place = max(1, place - len(held)) if more else 1
    last = place + len(held) - 1
    has_before = bool(held) and (more if backwards else found is not None)
    has_after = bool(held) and (backwards or more)
    return Page(
        held,
        place if held else 0,
        last if held else 0,
        f"b{place}.{pack(held[0].sort_key, held[0].pk)}" if has_before else "",
        f"f{last + 1}.{pack(held[-1].sort_key, held[-1].pk)}" if has_after else "",
    )


def pack(value: Any, pk: str) -> str:
    """A place in a list as text."""
    text = value.isoformat() if isinstance(value, (dt.datetime, dt.date)) else value
    raw = json.dumps([text, pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read(cursor: str, order: Order) -> tuple[Any, str] | None:
    """The inverse of `pack`; None for what was made up or belongs to another order."""
    if not cursor or len(cursor) > 2000:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not ids.is_id(pk):
            return None
        if order.kind == "number":
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return (value, pk) if is_number and math.isfinite(value) and abs(value) < 2**62 else None
        if not isinstance(value, str) or "\x00" in value:
            return None
        value.encode()  # half a character is none of ours
        if order.kind == "moment":
            moment = dt.datetime.fromisoformat(value)
            return (moment, pk) if moment.tzinfo else None
        return (dt.date.fromisoformat(value) if order.kind == "day" else value), pk
    except (ValueError, binascii.Error, TypeError, AttributeError, RecursionError, OverflowError):
        return None
