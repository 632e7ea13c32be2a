"""The one clock. Everything timed reads it, so that an operator or a test can move it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core import scope

NONE = dt.timedelta(0)
# How far companies are ahead of the rest, {company id: by how much}. Filled by the app that lets an operator move a
# company's clock; empty everywhere else.
ahead: dict[str, dt.timedelta] = {}
_readers: list[Callable[[], None]] = []
_offset: ContextVar[dt.timedelta] = ContextVar("clock_offset", default=NONE)


def refresh() -> None:
    """Read again how far companies are ahead. Called at the doors: requests and tasks."""
    for read in _readers:
        read()


def ahead_from(read: Callable[[], None]) -> None:
    """Name the function that fills `ahead`; it decides how often it looks."""
    if read not in _readers:
        _readers.append(read)


def now() -> dt.datetime:
    """The present moment in UTC, moved by whatever offset is in force and by how far the company in scope is ahead."""
    moment = dt.datetime.now(dt.UTC) + _offset.get()
    if ahead:
        moment += ahead.get(scope.current().company_id or "", NONE)
    return moment


def now_for_all() -> dt.datetime:
    """The present moment for companies whose clock nobody moved, whichever is in scope."""
    return dt.datetime.now(dt.UTC) + _offset.get()


def today(zone: dt.tzinfo = dt.UTC) -> dt.date:
    """The present date in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def moved(by: dt.timedelta) -> Iterator[None]:
    """Within the block the clock shows `by` more than it did."""
    token = _offset.set(_offset.get() + by)
    try:
        yield
    finally:
        _offset.reset(token)


def iso(moment: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z, the form of every stored timestamp on the wire."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def epoch_ms(moment: dt.datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def midnight(day: dt.date, zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """The first moment of a day in `zone`."""
    return dt.datetime.combine(day, dt.time(), zone)
