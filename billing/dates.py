"""Days of 24 hours, and moments as mails name them."""

from __future__ import annotations

import datetime as dt


def after(days: float = 0, *, hours: float = 0, minutes: float = 0) -> dt.timedelta:
    """That much time; a day is 24 hours, so daylight saving never moves a deadline."""
    return dt.timedelta(days=days, hours=hours, minutes=minutes)


def in_words(moment: dt.datetime) -> str:
    """4 December 2026, 10:00 UTC."""
    moment = moment.astimezone(dt.UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
