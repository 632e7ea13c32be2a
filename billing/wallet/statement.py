"""What happened in a wallet: the rows of the statement with filters, as pages, as a file and as sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncDate

from billing.models import WalletEntry
from billing.models.wallet_ledger import KINDS, QUIET
from billing.spending import SPENT, between
from billing.wallet import money, prices
from core import clock

SHOWN = {kind: label for kind, label in KINDS.items() if kind not in QUIET}
MOST_EXPORTED = 100_000
HEAD = [
    "Time (UTC)", "Type", "Item", "Channel", "Location", "User", "Contact", "Quantity", "Unit", "Unit price", "Amount",
    "Exact amount", "Balance", "Record", "Note", "Price version",
]  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """Which rows: each part narrows, empty parts do not. Days are those of `zone`, both included."""

    kind: str = ""
    group: str = ""  # of prices
    channel: str = ""
    location: str = ""
    record: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    zone: dt.tzinfo = dt.UTC

    @property
    def is_empty(self) -> bool:
        return not any((self.kind, self.group, self.channel, self.location, self.record, self.since, self.until))


@dataclass(frozen=True)
class Page:
    """`older` and `newer` are numbers for the next question, 0 at the ends."""

    rows: list[WalletEntry]
    older: int
    newer: int


def matching(chosen: Filter) -> Any:
    """The rows of the company in scope, the latest first."""
    rows = WalletEntry.objects.exclude(kind__in=QUIET).order_by("-number")
    if chosen.kind in SHOWN:
        rows = rows.filter(kind=chosen.kind)
    if chosen.group:
        rows = rows.filter(price_key__in=[price.key for price in prices.every() if price.group == chosen.group])
    if chosen.channel:
        rows = rows.filter(channel=chosen.channel)
    if chosen.location:
        rows = rows.filter(for_location=chosen.location)
    if chosen.record:
        rows = rows.filter(Q(reference=chosen.record) | Q(for_contact=chosen.record))
    if chosen.since:
        rows = rows.filter(at__gte=clock.midnight(chosen.since, chosen.zone))
    if chosen.until:
        rows = rows.filter(at__lt=clock.midnight(chosen.until + dt.timedelta(days=1), chosen.zone))
    return rows


def page(chosen: Filter, older_than: int = 0, newer_than: int = 0, size: int = 50) -> Page:
    """A page by the number of its first or last row: the thousandth costs what the first does."""
    rows = matching(chosen)
    if newer_than:
        found = list(rows.filter(number__gt=newer_than).order_by("number")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(found, newer_than + 1 if found else 0, found[0].number if more else 0)
    if older_than:
        rows = rows.filter(number__lt=older_than)
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    newer = found[0].number if older_than and found else 0
    return Page(found, found[-1].number if more else 0, newer)


def lines(chosen: Filter, names: dict[str, str], people: dict[str, str]) -> Iterator[list[str]]:
    """The rows of the file, without formulas; at most a hundred thousand. `names` and `people` by id."""
    book = {(price.key, price.version): price for price in prices.every()}
    for row in matching(chosen)[:MOST_EXPORTED].iterator(chunk_size=2000):
        price = book.get((row.price_key, row.price_version))
        yield [
            f"{row.at:%Y-%m-%d %H:%M:%S}", SHOWN[row.kind], price.name if price else "", safe(row.channel),
            safe(names.get(row.for_location, row.for_location)), safe(people.get(row.for_user, row.for_user)),
            row.for_contact, str(row.quantity) if price else "", price.unit if price else "",
            money.plain(row.unit_micros) if price else "", f"{money.cents(row.amount_micros) / 100:.2f}",
            money.plain(row.amount_micros), money.plain(row.balance_micros), safe(row.reference), safe(row.about),
            row.price_version,
        ]  # fmt: skip


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def by_day(zone: dt.tzinfo, days: int = 30) -> list[tuple[dt.date, int]]:
    """[(day, micros spent)] of the last days, oldest first, none left out. Refunds of charges take off."""
    today = clock.today(zone)
    first = today - dt.timedelta(days=days - 1)
    rows = WalletEntry.objects.filter(kind__in=(*SPENT, "refund"), at__gte=clock.midnight(first, zone))
    found = rows.annotate(day=TruncDate("at", tzinfo=zone)).values_list("day").annotate(sum=Sum("amount_micros"))
    spent = {day: max(-int(total), 0) for day, total in found}
    return [(first + dt.timedelta(days=n), spent.get(first + dt.timedelta(days=n), 0)) for n in range(days)]


def this_month(zone: dt.tzinfo) -> list[tuple[str, int, int]]:
    """[(group, micros, entries)] spent since the first of the month, most first."""
    first = clock.midnight(clock.today(zone).replace(day=1), zone)
    return between(first, clock.now() + dt.timedelta(days=1))
