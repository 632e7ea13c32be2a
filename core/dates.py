"""Dates as people write them."""

from __future__ import annotations

import datetime as dt
import re

_NUMBERS = re.compile(r"^\s*(\d{1,4})[/\-._](\d{1,2})[/\-._](\d{1,4})(?:[T ].*)?\s*$")


def parse_date(text: str, order: str = "mdy") -> dt.date:
    """A date from year-month-day in any separator, or from month and day first as `order` (mdy or dmy) says.

    Raises:
        ValueError: no date; the message is the sentence to show.
    """
    found = _NUMBERS.match(text)
    if not found:
        raise ValueError("not a date; use YYYY-MM-DD")
    first, second, third = (int(part) for part in found.groups())
    if len(found[1]) == 4:
        year, month, day = first, second, third
    elif len(found[3]) == 4:
        month, day = (first, second) if order == "mdy" else (second, first)
        year = third
    else:
        raise ValueError("not a date; write the year with four digits")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError("no such day in the calendar") from None


def parse_moment(value: str | float, zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """A moment from ISO 8601 (read in `zone` when it has none), a date (its start in `zone`) or epoch milliseconds.

    Raises:
        ValueError: none of these.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError("not a moment in time") from None
    text = str(value).strip()
    if re.fullmatch(r"\d{12,14}", text):
        return parse_moment(int(text))
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("not a date and time; use 2026-01-31T09:30:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
