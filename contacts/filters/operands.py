"""What a condition's value means: bounds of numbers, days and moments. SQL and Python both compare with these."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from contacts.filters.fields import Field
from contacts.filters.resolving import Resolved, values
from contacts.filters.tree import BadFilter
from core.dates import parse_date, parse_moment

LARGEST = Decimal(10) ** 18
LAST_WHOLE = 2**63 - 1
SIGNS = ("gt", "gte", "lt", "lte")


@dataclass(frozen=True)
class Numbers:
    """Any of `equal`, or (when that is None) all of the bounds."""

    equal: tuple[Decimal, ...] | None
    bounds: tuple[tuple[str, Decimal], ...] = ()


def number_of(found: Field, value: Any) -> Decimal:
    """A number in the column's units.

    Raises:
        BadFilter: it is none, or beyond a million million million.
    """
    try:
        number = Decimal(str(value)) * found.scale
    except ArithmeticError:
        raise BadFilter(f"value of {found.name} must be a number") from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise BadFilter(f"value of {found.name} must be a number")
    return number


def numbers(found: Field, operator: str, value: Any) -> Numbers:
    """What a number is compared with."""
    if operator == "eq":
        return Numbers(tuple(number_of(found, item) for item in values(value)))
    bounds = value if operator == "range" else {operator: value}
    return Numbers(None, tuple((name, number_of(found, bound)) for name, bound in bounds.items()))


def whole(asked: Numbers) -> Numbers:
    """The same question about a column of integers: a bound between two integers moves to one of them."""
    if asked.equal is not None:
        return Numbers(tuple(one for one in asked.equal if one == one.to_integral_value()))
    rounding = {"gt": ROUND_FLOOR, "lte": ROUND_FLOOR, "gte": ROUND_CEILING, "lt": ROUND_CEILING}
    return Numbers(None, tuple((name, one.to_integral_value(rounding[name])) for name, one in asked.bounds))


def days(found: Field, value: Any) -> int:
    """A number of days.

    Raises:
        BadFilter: none, or not within 0 to 36500.
    """
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        raise BadFilter(f"value of {found.name} must be a number of days") from None
    if not 0 <= count <= 36500:
        raise BadFilter(f"value of {found.name} must be between 0 and 36500 days")
    return count


def day_of(found: Field, value: Any, zone: dt.tzinfo) -> dt.date:
    """The day, in the location's zone, that a date or a moment falls on.

    Raises:
        BadFilter: it is neither.
    """
    if isinstance(value, str) and "T" not in value:
        try:
            return parse_date(value)
        except ValueError as error:
            if not value.isdigit():
                raise BadFilter(f"value of {found.name} is {error}") from None
    return moment_of(found, value, zone).astimezone(zone).date()


def moment_of(found: Field, value: Any, zone: dt.tzinfo) -> dt.datetime:
    """A moment, a date being its first one.

    Raises:
        BadFilter: it is none, or lies beyond the calendar.
    """
    try:
        moment = parse_moment(value, zone)
        moment.astimezone(zone), moment.astimezone(dt.UTC)
    except ValueError as error:
        raise BadFilter(f"value of {found.name} is {error}") from None
    except OverflowError:
        raise BadFilter(f"value of {found.name} is not a moment in time") from None
    return moment


def shifted(day: dt.date, count: int) -> dt.date:
    """`day` plus `count` days, or `day` itself where the calendar ends."""
    try:
        return day + dt.timedelta(days=count)
    except OverflowError:
        return day


def span(found: Field, operator: str, value: Any, resolved: Resolved) -> tuple[dt.date | None, dt.date | None]:
    """First and last day, both included, in the location's zone; today counts in "in the last days"."""
    today = resolved.today
    if operator == "in_last":
        return today - dt.timedelta(days=max(days(found, value) - 1, 0)), today
    if operator == "not_in_last":
        return None, today - dt.timedelta(days=days(found, value) + 1)
    if operator == "in_next":
        return today, today + dt.timedelta(days=days(found, value))
    day = day_of(found, value, resolved.zone)
    if operator == "on":
        return day, day
    return (None, shifted(day, -1)) if operator == "before" else (shifted(day, 1), None)


def start_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of a day, in UTC.

    Raises:
        OverflowError: that is before the calendar begins.
    """
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def moments(found: Field, operator: str, value: Any, resolved: Resolved) -> list[tuple[str, dt.datetime]]:
    """The bounds of a moment; a range that ends with a day ends with its last moment."""
    zone = resolved.zone
    if operator != "range":
        first, last = span(found, operator, value, resolved)
        try:
            low = [("gte", start_of(first, zone))] if first is not None else []
            high = [("lt", start_of(shifted(last, 1), zone))] if last is not None else []
        except OverflowError:
            raise BadFilter(f"value of {found.name} is not a moment in time") from None
        return low + high
    bounds = []
    for name, bound in value.items():
        moment = moment_of(found, bound, zone)
        if name == "lte" and isinstance(bound, str) and len(bound.strip()) == 10 and moment.year < dt.MAXYEAR:
            name, moment = "lt", moment + dt.timedelta(days=1)  # the whole of the last day
        bounds.append((name, moment))
    return bounds


def dates(found: Field, operator: str, value: Any, resolved: Resolved) -> list[tuple[str, dt.date]]:
    """The bounds of a day."""
    if operator == "range":
        return [(name, day_of(found, bound, resolved.zone)) for name, bound in value.items()]
    first, last = span(found, operator, value, resolved)
    return [(name, day) for name, day in (("gte", first), ("lte", last)) if day is not None]


def month_and_day(found: Field, value: Any) -> tuple[int, int]:
    """The month and the day of a birthday, from 03-14 or 1990-03-14.

    Raises:
        BadFilter: there are no two numbers.
    """
    try:
        month, day = (int(part) for part in str(value).strip().split("-")[-2:])
    except ValueError:
        raise BadFilter(f"value of {found.name} must be a month and a day such as 03-14") from None
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise BadFilter(f"value of {found.name} must be a month and a day such as 03-14")
    return month, day


def event_bounds(found: Field, value: dict[str, Any], resolved: Resolved) -> list[tuple[str, dt.datetime]]:
    """When an event must have happened; [] for ever."""
    if value["when"] == "in_last":
        return moments(found, "in_last", value["days"], resolved)
    if value["when"] == "between":
        bounds = {name: bound for name, bound in value.items() if name in ("gte", "lte")}
        return moments(found, "range", bounds, resolved)
    return []
