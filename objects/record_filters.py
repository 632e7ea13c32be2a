"""Filters of a record list: conditions that must all hold, named as in smart lists, kept in the address of the page.

A condition is written `field~operator~value`, several values with `|` between them, a range as `low..high`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts import current
from core import clock, scope
from core.dates import parse_date
from core.errors import Invalid
from objects.models import CustomField

MOST = 25
LONGEST = 75
MOST_DAYS = 36_500
EMPTY = {"exists": "is not empty", "not_exists": "is empty"}
TEXT = {
    "contains": "contains", "eq": "is", "not_eq": "is not", "not_contains": "does not contain",
    "starts_with": "starts with", **EMPTY,
}  # fmt: skip
NUMBER = {
    "eq": "is", "not_eq": "is not", "gt": "more than", "gte": "at least", "lt": "less than", "lte": "at most",
    "range": "between", **EMPTY,
}  # fmt: skip
DATE = {
    "in_last": "in the last days", "on": "on", "before": "before", "after": "after", "range": "between",
    "not_in_last": "more than days ago", "in_next": "in the next days", **EMPTY,
}  # fmt: skip
CHOICE = {"eq": "is any of", "not_eq": "is none of", **EMPTY}
MANY = {"eq": "has any of", "all": "has all of", "not_eq": "has none of", **EMPTY}
FILE = {"exists": "has a file", "not_exists": "has no file"}
OPERATORS = {
    "text": TEXT, "number": NUMBER, "date": DATE, "moment": {k: v for k, v in DATE.items() if k not in EMPTY},
    "choice": CHOICE, "many": MANY, "person": CHOICE, "file": FILE,
}  # fmt: skip
KINDS = {
    "NUMERICAL": "number", "FLOAT": "number", "MONETORY": "number", "DATE": "date", "SINGLE_OPTIONS": "choice",
    "RADIO": "choice", "MULTIPLE_OPTIONS": "many", "CHECKBOX": "many", "FILE_UPLOAD": "file", "SIGNATURE": "file",
    "TEXTBOX_LIST": "file",
}  # fmt: skip
STANDARD = [("owner", "Owner", "person"), ("date_added", "Added", "moment"), ("date_updated", "Updated", "moment")]
VALUELESS = frozenset(EMPTY)
DAYS = frozenset({"in_last", "not_in_last", "in_next"})


@dataclass(frozen=True)
class Filterable:
    name: str  # the id of a custom field, or a standard name
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def operators(self) -> dict[str, str]:
        return OPERATORS[self.kind]


@dataclass(frozen=True)
class Condition:
    field: Filterable
    operator: str
    value: str

    @property
    def written(self) -> str:
        return f"{self.field.name}~{self.operator}~{self.value}"

    @property
    def words(self) -> str:
        """The value as people read it."""
        if self.operator in VALUELESS:
            return ""
        labels = dict(self.field.options)
        text = ", ".join(labels.get(part, part) for part in self.value.split("|"))
        return text.replace("..", " and ") if self.operator == "range" else text


def fields_of(fields: Iterable[CustomField], people: Iterable[tuple[str, str]] = ()) -> list[Filterable]:
    """What a list can be filtered by: its fields, then owner and dates.

    Args:
        people: (id, name) of those who may own a record.
    """
    found = [
        Filterable(
            one.pk,
            one.name,
            "file" if one.type == "TEXTBOX_LIST" else KINDS.get(one.type, "text"),
            tuple((label, label) for label in one.labels) if KINDS.get(one.type) in ("choice", "many") else (),
        )
        for one in fields
    ]
    owners = (("me", "me"), ("unassigned", "nobody"), *people)
    return found + [Filterable(name, label, kind, owners if kind == "person" else ()) for name, label, kind in STANDARD]


def read(written: Iterable[str], known: Iterable[Filterable]) -> list[Condition]:
    """The conditions of an address; those that name no field or operator are passed over, as the field may be deleted."""
    by_name = {one.name: one for one in known}
    found = []
    for text in list(written)[:MOST]:
        name, _, rest = text.replace("\x00", "").partition("~")
        operator, _, value = rest.partition("~")
        field = by_name.get(name)
        if field and operator in field.operators and (value or operator in VALUELESS):
            found.append(Condition(field, operator, value))
    return found


def compiled(conditions: Iterable[Condition]) -> Q:
    """All conditions as one Q.

    Raises:
        Invalid: {"value": sentence} for a value that does not fit.
    """
    whole = Q()
    for one in conditions:
        whole &= _condition(one)
    return whole


def _condition(one: Condition) -> Q:
    field, operator, value = one.field, one.operator, one.value
    if operator in ("not_eq", "not_contains"):
        return ~_condition(Condition(field, operator.removeprefix("not_"), value))
    if operator == "not_exists":
        return ~_condition(Condition(field, "exists", ""))
    if field.kind == "person":
        return _person(operator, value.split("|"))
    if operator == "exists":
        return Q(custom__has_key=field.name)
    if field.kind in ("choice", "many"):
        chosen = value.split("|")
        each = [Q(custom__contains={field.name: [item] if field.kind == "many" else item}) for item in chosen]
        whole = each[0]
        for other in each[1:]:
            whole = (whole & other) if operator == "all" else (whole | other)
        return whole
    if field.kind == "number":
        return _number(field, operator, value)
    if field.kind in ("date", "moment"):
        return _days(field, operator, value)
    if len(value) > LONGEST:
        raise Invalid({"value": f"{field.label}: at most {LONGEST} characters"})
    look_up = {"eq": "iexact", "contains": "icontains", "starts_with": "istartswith"}[operator]
    text = Cast(KeyTextTransform(field.name, "custom"), TextField())
    return Q(text.get_lookup(look_up)(text, value)) & Q(custom__has_key=field.name)


def _person(operator: str, chosen: list[str]) -> Q:
    if operator == "exists":
        return Q(owner__isnull=False)
    ids = [scope.current().actor.id if item == "me" else item for item in chosen if item != "unassigned"]
    return Q(owner__isnull=False, owner_id__in=ids) | (Q(owner=None) if "unassigned" in chosen else Q(pk__in=[]))


def _number(field: Filterable, operator: str, value: str) -> Q:
    left = Cast(KeyTextTransform(field.name, "custom"), DecimalField(max_digits=30, decimal_places=8))
    bounds = dict(zip(("gte", "lte"), value.split("..", 1), strict=False)) if operator == "range" else {operator: value}
    whole = Q(custom__has_key=field.name)
    for name, text in bounds.items():
        try:
            number = Decimal(text.strip().replace(",", ""))
            if not number.is_finite() or abs(number) > Decimal(10) ** 18:
                raise ValueError
        except (ArithmeticError, ValueError):
            raise Invalid({"value": f"{field.label}: enter a number"}) from None
        whole &= Q(left.get_lookup("exact" if name == "eq" else name)(left, number))
    return whole


def _days(field: Filterable, operator: str, value: str) -> Q:
    zone = current.location().zone
    first, last = _bounds(field, operator, value, clock.today(zone))
    if field.kind == "date":  # stored as YYYY-MM-DD, which sorts as text
        left = Cast(KeyTextTransform(field.name, "custom"), TextField(db_collation="C"))
        whole = Q(custom__has_key=field.name)
        if first:
            whole &= Q(left.get_lookup("gte")(left, first.isoformat()))
        return whole & Q(left.get_lookup("lte")(left, last.isoformat())) if last else whole
    whole = Q()
    if first:
        whole &= Q(**{f"{field.name}__gte": dt.datetime.combine(first, dt.time(), zone)})
    if last and last < dt.date.max:
        whole &= Q(**{f"{field.name}__lt": dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)})
    return whole


def _bounds(field: Filterable, operator: str, value: str, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day, both included; today counts in "in the last days"."""
    if operator in DAYS:
        if not (value.isascii() and value.isdigit() and int(value[:7]) <= MOST_DAYS and len(value) < 7):
            raise Invalid({"value": f"{field.label}: enter a number of days"})
        days = dt.timedelta(days=int(value))
        if operator == "in_last":
            return today - max(days - dt.timedelta(days=1), dt.timedelta()), today
        return (None, today - days - dt.timedelta(days=1)) if operator == "not_in_last" else (today, today + days)
    try:
        days_given = [parse_date(text) for text in (value.split("..", 1) if operator == "range" else [value])]
        if operator == "range":
            return days_given[0], days_given[-1]
        if operator == "on":
            return days_given[0], days_given[0]
        one = dt.timedelta(days=1)
        return (None, days_given[0] - one) if operator == "before" else (days_given[0] + one, None)
    except (ValueError, OverflowError):
        raise Invalid({"value": f"{field.label}: enter a date"}) from None
