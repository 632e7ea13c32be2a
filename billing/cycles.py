"""Periods: they begin on the anchor's day and time of day; a short month bills on its last day."""

from __future__ import annotations

import calendar
import datetime as dt


def boundary(anchor: dt.datetime, months: int) -> dt.datetime:
    """The moment `months` after the anchor; the anchor's day where the month has it, else the month's last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))


def end_after(anchor: dt.datetime, interval: str, moment: dt.datetime) -> dt.datetime:
    """The first boundary later than `moment`, in steps of a `month` or a `year` from the anchor."""
    step = 12 if interval == "year" else 1
    passed = (moment.year - anchor.year) * 12 + moment.month - anchor.month
    months = (passed // step - 1) * step
    while boundary(anchor, months) <= moment:
        months += step
    return boundary(anchor, months)
