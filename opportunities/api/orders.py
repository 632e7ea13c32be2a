"""Orders of a search, and going on after a row that was seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Collate, Lower

from api.errors import ApiError
from core import clock, ids, scope
from core.errors import Refused
from opportunities.models import Opportunity, may_see_values

COLUMNS = {
    "date_added": "date_added",
    "date_updated": "date_updated",
    "name": "folded_name",
    "monetary_value": "value_cents",
    "last_status_change_date": "status_changed_at",
    "last_stage_change_date": "stage_changed_at",
}
SHORT = {  # of the list's `order`: added_asc
    "added": "date_added",
    "updated": "date_updated",
    "name": "name",
    "value": "monetary_value",
    "status_change": "last_status_change_date",
    "stage_change": "last_stage_change_date",
}


@dataclass(frozen=True)
class Order:
    column: str
    down: bool

    @property
    def is_moment(self) -> bool:
        return self.column.endswith("_at") or self.column.startswith("date_")

    def mark(self, row: dict[str, Any]) -> int | str:
        """What a cursor holds of a row."""
        value = row[self.column]
        return clock.epoch_ms(value) if self.is_moment else value


def of_field(name: str, down: bool) -> Order:
    """The order by a field of the advanced search.

    Raises:
        ApiError: there is none of this name, or it is about values and the caller may not see them.
    """
    if name not in COLUMNS or (name == "monetary_value" and not may_see_values(scope.current().actor)):
        raise ApiError(400, f"Invalid field {name}")
    return Order(COLUMNS[name], down)


def of_words(text: str) -> Order:
    """The order of `added_asc` and the like.

    Raises:
        ApiError: there is none of this name.
    """
    name, _, way = text.rpartition("_")
    if way not in ("asc", "desc") or name not in SHORT:
        raise ApiError(400, f"Invalid order {text[:60]}")
    return of_field(SHORT[name], way == "desc")


def sort(found: Any, orders: list[Order]) -> Any:
    """In these orders, then by id in the direction of the first."""
    if any(one.column == "folded_name" for one in orders):
        found = found.annotate(folded_name=Collate(Lower("name"), "C"))
    columns = [F(one.column).desc() if one.down else F(one.column).asc() for one in orders]
    return found.order_by(*columns, "-pk" if orders[0].down else "pk")


def behind(found: Any, orders: list[Order], pk: str, given: list[Any]) -> Any:
    """Those of a sorted queryset that come after the row `pk`; for one that is gone, after what the cursor holds.

    Raises:
        Refused: neither is of use.
    """
    last = _values(orders, pk)
    if last is None:
        last = _given(orders, given)
    equal, rest = Q(), Q()
    for one, value in zip(orders, last, strict=True):
        rest |= equal & Q(**{f"{one.column}__{'lt' if one.down else 'gt'}": value})
        equal &= Q(**{one.column: value})
    return found.filter(rest | equal & Q(**{f"pk__{'lt' if orders[0].down else 'gt'}": pk}))


def _values(orders: list[Order], pk: str) -> list[Any] | None:
    if not ids.is_id(pk):
        raise Refused("the cursor names no opportunity")
    names = [one.column for one in orders]
    row = sort(Opportunity.objects.filter(pk=pk), orders).values(*names).first()
    return [row[name] for name in names] if row else None


def _given(orders: list[Order], given: list[Any]) -> list[Any]:
    if len(given) != len(orders):
        raise Refused("the cursor names no opportunity")
    return [moment(value) if one.is_moment else _plain(one, value) for one, value in zip(orders, given, strict=True)]


def _plain(order: Order, value: Any) -> Any:
    try:
        return int(value) if order.column == "value_cents" else str(value).replace("\x00", "")
    except (TypeError, ValueError, OverflowError):
        raise Refused("the cursor names no opportunity") from None


def moment(milliseconds: Any) -> dt.datetime:
    """A time from epoch milliseconds.

    Raises:
        Refused: it is none.
    """
    try:
        return dt.datetime.fromtimestamp(min(max(float(milliseconds), 0), 253_402_300_799_000) / 1000, dt.UTC)
    except (TypeError, ValueError, OverflowError):
        raise Refused("the cursor names no opportunity") from None
