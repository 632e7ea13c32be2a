"""What part of a price belongs to the rest of a period. By calendar days in UTC; halves of a cent go up."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal


def share(cents: int, start: dt.datetime, end: dt.datetime, moment: dt.datetime) -> int:
    """The part of `cents` for the days from `moment` to `end`, of a period from `start`; the day of `moment` counts.

    Never less than nothing and never more than the whole.
    """
    total = (_day(end) - _day(start)).days
    remaining = min(max((_day(end) - _day(moment)).days, 0), total)
    return half_up(Decimal(cents) * remaining / total) if total > 0 else 0


def half_up(value: Decimal) -> int:
    """`value` as a whole number, halves away from zero."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.UTC).date()
