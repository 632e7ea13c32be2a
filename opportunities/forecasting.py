"""What is likely to come in and when: value times probability, by month and by category, and how full the stages are.

An open opportunity counts in the month of its expected close, one that is overdue in the present month, and without a
date apart from all months. A won one counts in full in the month it was won. Lost and abandoned ones and those of the
category Omitted count nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Count, DateField, Q, Sum, Value, When
from django.db.models.functions import Cast, TruncMonth

from accounts import current
from core import clock
from opportunities.cards import weighted
from opportunities.models import Stage
from opportunities.models.opportunity import CATEGORIES

COUNTED = [name for name, _ in CATEGORIES if name != "omitted"]


@dataclass
class Sums:
    """Cents; `weighted` includes what is won, and so does `commit`, the floor."""

    number: int = 0
    total: int = 0
    weighted: int = 0
    won: int = 0
    commit: int = 0
    best_case: int = 0
    pipeline: int = 0
    overdue: int = 0
    overdue_total: int = 0

    @property
    def open_weighted(self) -> int:
        return self.weighted - self.won

    @property
    def floor(self) -> int:
        """What is won and what is committed."""
        return self.won + self.commit

    def add(self, row: dict[str, Any]) -> None:
        number, total, counted = row["number"], int(row["total"] or 0), int(row["counted"] or 0)
        self.number += number
        self.total += total
        self.weighted += counted
        if row["status"] == "won":
            self.won += total
        else:
            setattr(self, row["forecast_category"], getattr(self, row["forecast_category"]) + total)
        if row["is_overdue"]:
            self.overdue += number
            self.overdue_total += total


@dataclass
class Forecast:
    months: list[tuple[dt.date, Sums]]
    undated: Sums
    whole: Sums  # of the months, without the undated
    omitted: int  # how many are left out


def months_from(first: dt.date, number: int) -> list[dt.date]:
    """The first days of so many months."""
    return [
        dt.date(first.year + (first.month - 1 + step) // 12, (first.month - 1 + step) % 12 + 1, 1)
        for step in range(number)
    ]


def forecast(rows: Any, first: dt.date, number: int) -> Forecast:
    """Two queries.

    Args:
        rows: opportunities that may be seen, narrowed to a pipeline or an owner as wanted.
        first: the first day of the first month.
    """
    zone = current.location().zone
    today = clock.today(zone)
    this_month = today.replace(day=1)
    months = months_from(first, number)
    end = months_from(first, number + 1)[-1]
    overdue = Q(status="open", expected_close_on__lt=today)
    dated = rows.filter(status__in=["open", "won"]).annotate(
        month=Case(
            When(status="won", then=Cast(TruncMonth("status_changed_at", tzinfo=zone), DateField())),
            When(overdue, then=Value(this_month)),
            default=Cast(TruncMonth("expected_close_on"), DateField()),
            output_field=DateField(),
        ),
        is_overdue=Case(When(overdue, then=Value(True)), default=Value(False)),
    )
    found = (
        dated.filter(Q(month__gte=first, month__lt=end) | Q(month=None), forecast_category__in=COUNTED)
        .with_probability()
        .order_by()
        .values("month", "status", "forecast_category", "is_overdue")
        .annotate(number=Count("pk"), total=Sum("value_cents"), counted=Sum(weighted(), output_field=BigIntegerField()))
    )
    by_month = {month: Sums() for month in months}
    undated, whole = Sums(), Sums()
    for row in found:
        (undated if row["month"] is None else by_month[row["month"]]).add(row)
        if row["month"] is not None:
            whole.add(row)
    omitted = rows.filter(status="open", forecast_category="omitted").count()
    return Forecast([(month, by_month[month]) for month in months], undated, whole, omitted)


@dataclass
class StageSums:
    """Cents and numbers of one stage, the statuses together and the open and won ones apart."""

    stage: Stage
    count: int = 0
    total: int = 0
    weighted: int = 0
    open: int = 0
    open_weighted: int = 0
    won: int = 0


def by_stage(rows: Any, stages: Sequence[Stage]) -> list[StageSums]:
    """Per stage: count, total, weighted, open, open weighted, won. One query."""
    found = {stage.pk: StageSums(stage) for stage in stages}
    sums = (
        rows.filter(stage__in=list(found))
        .with_probability()
        .order_by()
        .values("stage_id", "status")
        .annotate(number=Count("pk"), total=Sum("value_cents"), counted=Sum(weighted(), output_field=BigIntegerField()))
    )
    for row in sums:
        held = found[row["stage_id"]]
        held.count += row["number"]
        held.total += int(row["total"])
        held.weighted += int(row["counted"])
        if row["status"] == "open":
            held.open += row["number"]
            held.open_weighted += int(row["counted"])
        elif row["status"] == "won":
            held.won += row["number"]
    return list(found.values())
