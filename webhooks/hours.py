"""How attempts went in the last day, hour by hour. They are counted while sending, so a chart costs nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core import clock
from webhooks.models import Hour


@dataclass(frozen=True)
class Bar:
    """One hour of a chart; heights are per cent of the busiest hour."""

    at: dt.datetime
    delivered: int
    failed: int
    left: int
    good_height: float
    bad_height: float

    @property
    def good_top(self) -> float:
        return 100 - self.good_height

    @property
    def bad_top(self) -> float:
        return 100 - self.good_height - self.bad_height


@dataclass(frozen=True)
class Day:
    """The last 24 hours of an endpoint."""

    bars: list[Bar]
    delivered: int
    failed: int

    @property
    def total(self) -> int:
        return self.delivered + self.failed

    @property
    def rate(self) -> int | None:
        """Per cent of the attempts that arrived, rounded down; None without any."""
        return self.delivered * 100 // self.total if self.total else None

    @property
    def words(self) -> str:
        if not self.total:
            return "Nothing was sent in the last 24 hours."
        return f"{self.delivered:,} of {self.total:,} attempts in the last 24 hours arrived ({self.rate} %)."


def days(endpoint_ids: list[str]) -> dict[str, Day]:
    """The last 24 hours of each endpoint. One query."""
    first = _start(clock.now()) - dt.timedelta(hours=23)
    rows: dict[tuple[str, dt.datetime], Hour] = {
        (row.endpoint_id, row.at): row for row in Hour.objects.filter(endpoint_id__in=endpoint_ids, at__gte=first)
    }
    return {pk: _day(pk, first, rows) for pk in endpoint_ids}


def _day(pk: str, first: dt.datetime, rows: dict[tuple[str, dt.datetime], Hour]) -> Day:
    found = [(at, rows.get((pk, at))) for at in (first + dt.timedelta(hours=number) for number in range(24))]
    most = max((row.delivered + row.failed for _, row in found if row), default=0) or 1
    bars = [
        Bar(
            at,
            row.delivered if row else 0,
            row.failed if row else 0,
            place * 10,
            round((row.delivered if row else 0) * 100 / most, 1),
            round((row.failed if row else 0) * 100 / most, 1),
        )
        for place, (at, row) in enumerate(found)
    ]
    return Day(bars, sum(bar.delivered for bar in bars), sum(bar.failed for bar in bars))


def _start(moment: dt.datetime) -> dt.datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
