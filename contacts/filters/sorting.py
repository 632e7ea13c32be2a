"""Orders and keyset pages over contacts."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from contacts.filters.tree import BadFilter
from contacts.models.querysets import ContactQuerySet
from core import ids
from core.dates import parse_moment
from objects.models import CustomField
from objects.models.custom_field import NUMBERS

COUNTED = 10_000
LOWEST = "0001-01-01"
FARTHEST = 10**18  # no number of ours is beyond
COLUMNS = {
    "name": "name_folded",
    "firstNameLowerCase": "first_name",
    "lastNameLowerCase": "last_name",
    "email": "email",
    "phone": "phone",
    "companyName": "company_name",
    "businessName": "company_name",
    "type": "type",
    "source": "source",
    "city": "city",
    "state": "state",
    "postalCode": "postal_code",
    "country": "country",
    "timezone": "timezone",
    "address": "address",
    "website": "website",
    "dnd": "dnd",
    "score": "score",
    "dateAdded": "date_added",
    "dateUpdated": "date_updated",
    "lastActivity": "last_activity_at",
    "dateOfBirth": "date_of_birth",
    "assignedTo": "assigned_to__first_name",
}
ON_WIRE = (
    "firstNameLowerCase",
    "lastNameLowerCase",
    "businessName",
    "dateAdded",
    "dateUpdated",
    "email",
    "dnd",
    "source",
)
MOMENTS = ("date_added", "date_updated", "last_activity_at")


@dataclass(frozen=True)
class Order:
    """One sort key. `alias` names its value on each row of a sorted queryset."""

    name: str
    descending: bool
    expression: Combinable
    alias: str
    kind: str  # text, number, moment, date, flag

    @property
    def spec(self) -> str:
        return ("-" if self.descending else "") + self.name


def order(spec: str) -> Order:
    """An order from `dateAdded` or `-dateAdded`, or a custom field's `customFields.<id>`. One query for the latter.

    Raises:
        BadFilter: contacts cannot be sorted by that.
    """
    name, descending = spec.removeprefix("-"), spec.startswith("-")
    if name.startswith("customFields."):
        pk = name.split(".")[1]
        definition = CustomField.objects.filter(pk=pk).first() if ids.is_id(pk) else None
        if definition is None:
            raise BadFilter(f"Invalid field {name[:80]}")
        value: Any = KeyTextTransform(definition.pk, "custom")
        if definition.type in NUMBERS:
            digits = DecimalField(max_digits=30, decimal_places=8)
            lowest = Value(-(10**18), output_field=digits)
            return Order(name, descending, Coalesce(Cast(value, digits), lowest), "sort_custom", "number")
        return Order(name, descending, Coalesce(value, Value(""), output_field=TextField()), "sort_custom", "text")
    column = COLUMNS.get(name)
    if column is None:
        raise BadFilter(f"Invalid field {name[:80]}")
    if column == "date_of_birth":
        low = Value(dt.date.fromisoformat(LOWEST))
        return Order(name, descending, Coalesce(F(column), low), "sort_birth", "date")
    if column == "assigned_to__first_name":
        return Order(name, descending, Coalesce(F(column), Value("")), "sort_owner", "text")
    kind = "moment" if column in MOMENTS else {"dnd": "flag", "score": "number"}.get(column, "text")
    return Order(name, descending, F(column), column, kind)


def sort(contacts: ContactQuerySet, orders: Sequence[Order], backwards: bool = False) -> ContactQuerySet:
    """Sorted by the orders, then by id in the direction of the first."""
    terms = []
    for one in orders:
        if one.alias.startswith("sort_"):
            contacts = contacts.annotate(**{one.alias: one.expression})
        terms.append(("-" if one.descending != backwards else "") + one.alias)
    last = "-pk" if (orders[0].descending if orders else True) != backwards else "pk"
    return contacts.order_by(*terms, last)


def after(
    contacts: ContactQuerySet, orders: Sequence[Order], cursor: Sequence[Any], backwards: bool = False
) -> ContactQuerySet:
    """Only what comes after the row whose values and id are `cursor`; `contacts` has been through `sort`.

    Raises:
        BadFilter: the cursor does not belong to these orders.
    """
    if len(cursor) != len(orders) + 1 or not ids.is_id(cursor[-1]):
        raise BadFilter("searchAfter does not belong to this order")
    keys = [
        (one.alias, one.descending != backwards, _parse(one, value)) for one, value in zip(orders, cursor, strict=False)
    ]
    keys.append(("pk", (orders[0].descending if orders else True) != backwards, cursor[-1]))
    whole = Q()
    for alias, descending, value in reversed(keys):
        beyond = Q(**{f"{alias}__{'lt' if descending else 'gt'}": value})
        # "a <= x AND (a < x OR ...)" rather than "a < x OR (a = x AND ...)": the planner can start the index at x
        whole = (
            beyond | whole
            if not whole
            else Q(**{f"{alias}__{'lte' if descending else 'gte'}": value}) & (beyond | whole)
        )
    return contacts.filter(whole)


def cursor_of(orders: Sequence[Order], contact: Any) -> list[Any]:
    """The values that say where `contact` (a row or a dict of values) lies, its id last. JSON types only."""
    get = contact.get if isinstance(contact, dict) else lambda name: getattr(contact, name)
    found: list[Any] = []
    for one in orders:
        value = get(one.alias)
        if one.kind == "moment" or one.kind == "date":
            value = value.isoformat()
        elif one.kind == "number":
            value = str(value)
        found.append(value)
    return [*found, get("pk") if not isinstance(contact, dict) else contact["id"]]


def pack(cursor: Sequence[Any]) -> str:
    """A cursor for an address."""
    return base64.urlsafe_b64encode(json.dumps(list(cursor), separators=(",", ":")).encode()).decode().rstrip("=")


def unpack(text: str) -> list[Any]:
    """The inverse of `pack`.

    Raises:
        BadFilter: it was made up.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        plain = json.dumps(found, ensure_ascii=False, allow_nan=False)
        plain.encode()  # half a character is none of ours
        found = None if "\\u0000" in plain else found
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list):
        raise BadFilter("This page's address is damaged; go back to the first page.")
    return found


def count(contacts: ContactQuerySet, most: int = COUNTED) -> int:
    """How many, but never counting beyond `most` + 1: that result means "more than most"."""
    return int(contacts.order_by().values("pk")[: most + 1].count())


def _parse(one: Order, value: Any) -> Any:
    try:
        if one.kind == "moment":
            return parse_moment(value)
        if one.kind == "date":
            return dt.date.fromisoformat(str(value))
        if one.kind == "number":
            number = Decimal(str(value))
            if not number.is_finite() or abs(number) > FARTHEST:
                raise ValueError
            return number
        if one.kind == "flag":
            return bool(value)
    except (TypeError, ValueError, ArithmeticError):
        raise BadFilter("searchAfter does not belong to this order") from None
    return str(value)[:1000].replace("\x00", "")
