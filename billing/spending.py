"""What was paid from the wallet in a stretch of time, by group of prices: for its page, and as lines of an invoice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Count, Sum

from billing.invoicing import Line
from billing.models import Price, WalletEntry
from billing.money import dollars
from billing.proration import half_up

SPENT = ("charge", "rent", "fee")
MICROS = 10_000  # in a cent


def between(since: dt.datetime, until: dt.datetime) -> list[tuple[str, int, int]]:
    """[(group, micros, entries)] spent in a stretch of time by the company in scope, most first. One query, or two."""
    rows = WalletEntry.objects.filter(kind__in=SPENT, at__gte=since, at__lt=until)
    sums = list(rows.values_list("price_key").annotate(sum=Sum("amount_micros"), number=Count("pk")))
    groups = dict(Price.objects.values_list("key", "group")) if sums else {}
    found: dict[str, tuple[int, int]] = {}
    for key, total, number in sums:
        before = found.get(groups.get(key, key), (0, 0))
        found[groups.get(key, key)] = (before[0] - int(total), before[1] + number)
    return sorted(((name, spent, number) for name, (spent, number) in found.items()), key=lambda row: -row[1])


def lines(since: dt.datetime, until: dt.datetime) -> list[Line]:
    """The same as lines of an invoice, for information: it is paid already, so nothing is due for it."""
    return [
        Line(
            "usage", f"{group}: {number:,} in {since:%d %b} to {until:%d %b %Y}, {_dollars(micros)} paid from wallet", 0
        )
        for group, micros, number in between(since, until)
    ]


def _dollars(micros: int) -> str:
    return dollars(half_up(Decimal(micros) / MICROS))
