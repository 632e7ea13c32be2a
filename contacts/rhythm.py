"""When a repeating task comes: the arithmetic of its rhythm.

Occurrences are numbered from 0. Each is at the same local time of the location's zone as the start (hours are counted
in real time); a time that a clock change skips is read an hour later, one that occurs twice is the first of the two.
Numbers only rise, also when the rhythm changes: then `shift` leads from a number to its place in the new rhythm.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable

from contacts.models import RecurringTask

HORIZON = 2500  # no occurrence after this year
UNITS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def at(rule: RecurringTask, number: int, zone: dt.tzinfo) -> dt.datetime:
    """The moment of an occurrence in UTC.

    Raises:
        OverflowError: it is beyond what a calendar holds.
    """
    return _at_place(rule, number + rule.shift, zone)


def _at_place(rule: RecurringTask, place: int, zone: dt.tzinfo) -> dt.datetime:
    steps = place * rule.interval
    if rule.kind == "hourly":
        return rule.starts_at.astimezone(dt.UTC) + dt.timedelta(hours=steps)
    start = rule.starts_at.astimezone(zone)
    if rule.kind == "daily":
        day = start.date() + dt.timedelta(days=steps)
    elif rule.kind == "weekly":
        weekday = start.weekday() if rule.weekday is None else rule.weekday
        day = start.date() + dt.timedelta(days=(weekday - start.weekday()) % 7 + 7 * steps)
    else:
        day = _of_month(rule, start.date(), steps)
    return _moment(day, start.time(), zone)


def _of_month(rule: RecurringTask, start: dt.date, steps: int) -> dt.date:
    """The day of a monthly or yearly occurrence: the 31st of a shorter month is its last day."""
    wanted = rule.day_of_month or start.day
    is_yearly = rule.kind == "yearly"
    months = start.year * 12 + ((rule.month or start.month) if is_yearly else start.month) - 1
    if _clamped(months, wanted) < start:
        months += 12 if is_yearly else 1
    return _clamped(months + steps * (12 if is_yearly else 1), wanted)


def _clamped(months: int, day: int) -> dt.date:
    year, month = divmod(months, 12)
    if year > HORIZON:
        raise OverflowError("beyond the calendar")
    return dt.date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def _moment(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, time.replace(tzinfo=None, fold=0), zone).astimezone(dt.UTC)


def due(rule: RecurringTask, moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """When a task made at `moment` is due: whole days keep the local time, the rest is counted in real time."""
    days, rest = divmod(rule.due_after, 86_400)
    local = moment.astimezone(zone)
    return _moment(local.date() + dt.timedelta(days=days), local.time(), zone) + dt.timedelta(seconds=rest)


def upcoming(rule: RecurringTask, number: int, zone: dt.tzinfo) -> dt.datetime | None:
    """The moment of an occurrence, or None where the rule has ended before it."""
    first = int(rule.skips_first)
    if rule.count is not None and number >= first + rule.count:
        return None
    try:
        moment = at(rule, number, zone)
    except OverflowError:
        return None
    return None if moment.year > HORIZON or (rule.ends_at and moment > rule.ends_at) else moment


def places(rule: RecurringTask, zone: dt.tzinfo) -> Callable[[int], dt.datetime | None]:
    """When the places of the present rhythm come; None beyond the calendar."""

    def moment(place: int) -> dt.datetime | None:
        try:
            return _at_place(rule, place, zone)
        except OverflowError:
            return None

    return moment


def first_after(moment_of: Callable[[int], dt.datetime | None], low: int, after: dt.datetime) -> int:
    """The first number from `low` on that comes later than `after`, or that does not come. `moment_of` rises."""

    def is_late(number: int) -> bool:
        moment = moment_of(number)
        return moment is None or moment > after

    if is_late(low):
        return low
    width = 1
    while not is_late(low + width):
        width *= 2
    high = low + width
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_late(middle) else (middle, high)
    return high


def on_the_wall(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """What clocks show then, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def moved(moment: dt.datetime, shift: dt.timedelta, zone: dt.tzinfo) -> dt.datetime:
    """That much later by the clock on the wall: a day is a day when a clock change makes it 23 hours."""
    shifted = on_the_wall(moment, zone) + shift
    return _moment(shifted.date(), shifted.time(), zone)


def in_words(rule: RecurringTask, zone: dt.tzinfo) -> str:
    """ "Every 2 weeks on Monday, 4 times": how a rule is told to people."""
    unit = UNITS[rule.kind]
    words = f"Every {unit}" if rule.interval == 1 else f"Every {rule.interval} {unit}s"
    begun = rule.starts_at.astimezone(zone)
    if rule.kind == "weekly":
        words += f" on {calendar.day_name[begun.weekday() if rule.weekday is None else rule.weekday]}"
    elif rule.kind == "monthly":
        words += f" on day {rule.day_of_month or begun.day}"
    elif rule.kind == "yearly":
        words += f" on {rule.day_of_month or begun.day} {calendar.month_name[rule.month or begun.month]}"
    if rule.count is not None:
        words += f", {rule.count} times" if rule.count != 1 else ", once"
    if rule.ends_at:
        words += f", until {rule.ends_at.astimezone(zone):%d %b %Y}"
    return words
