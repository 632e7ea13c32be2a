"""What a unit costs: files in billing/catalogue/prices, loaded into rows once and never changed."""

from __future__ import annotations

import datetime as dt
import time
import tomllib
from bisect import bisect_right
from pathlib import Path
from typing import Any

from billing.models import Price
from core import clock
from core.errors import NotFound

CATALOGUE = Path(__file__).parent.parent / "catalogue" / "prices"
EVERY = 60.0  # seconds
_books: dict[str, list[Price]] = {}
_read_at = 0.0


def load(**_: Any) -> None:
    """Put what is new in the catalogue's files into rows. Runs after each migration; harmless to repeat."""
    rows = []
    for path in sorted(CATALOGUE.glob("*.toml")):
        book = tomllib.loads(path.read_text())
        for position, given in enumerate(book["price"]):
            rows.append(Price(version=path.stem, valid_from=book["valid_from"], position=position, **given))
    Price.objects.bulk_create(rows, ignore_conflicts=True)
    forget()


def forget() -> None:
    """Read the rows again at the next question."""
    global _read_at  # noqa: PLW0603
    _books.clear()
    _read_at = 0.0


def named(key: str, at: dt.datetime | None = None) -> Price:
    """The price that held for an event that began at `at`, now when left out. Read from memory, once a minute from rows.

    Raises:
        NotFound: nothing of that name has a price.
    """
    found = _all().get(key)
    if not found:
        raise NotFound(f"There is no price for {key}.")
    place = bisect_right(found, at or clock.now(), key=lambda price: price.valid_from)
    return found[max(place - 1, 0)]


def of_version(key: str, version: str) -> Price:
    """The price that an entry or a hold was written with.

    Raises:
        NotFound: there is none.
    """
    for price in _all().get(key, []):
        if price.version == version:
            return price
    raise NotFound(f"There is no price for {key} in {version}.")


def current() -> list[Price]:
    """What holds now, in the catalogue's order."""
    return sorted((named(key) for key in _all()), key=lambda price: price.position)


def every() -> list[Price]:
    """All versions of all prices, from memory."""
    return [price for book in _all().values() for price in book]


def minutes(seconds: float) -> int:
    """Minutes that are charged: one counts when it has begun."""
    return -(-int(seconds) // 60) if seconds == int(seconds) else int(seconds) // 60 + 1


def whatsapp_key(category: str, region: str) -> str:
    """The key of a WhatsApp conversation; an unknown region costs what the rest of the world does."""
    key = f"whatsapp.{category}.{region}"
    return key if key in _all() else f"whatsapp.{category}.rest"


def _all() -> dict[str, list[Price]]:
    global _read_at  # noqa: PLW0603
    if not _books or time.monotonic() - _read_at > EVERY:
        found: dict[str, list[Price]] = {}
        for price in Price.objects.order_by("valid_from", "version"):
            found.setdefault(price.key, []).append(price)
        _books.clear()
        _books.update(found)
        _read_at = time.monotonic()
    return _books
