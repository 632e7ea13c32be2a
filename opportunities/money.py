"""Amounts as people read them, in the one currency of the location; cents inside, whole units outside."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from accounts import current
from accounts.currencies import SYMBOLS
from core import scope

MOST = Decimal(10) ** 13  # whole units; far below what the column holds


class BadAmount(ValueError):
    """A text that is no amount; the message is the sentence to show."""


def sign() -> str:
    """What stands before an amount: the currency's sign, or its code with a blank; the dollar's outside any location."""
    code = current.location().money if scope.current().location_id else "USD"
    return SYMBOLS.get(code, f"{code}\u00a0")


def shown(cents: int) -> str:
    """Cents as "$5,200" or "$5,200.50"."""
    whole, rest = divmod(int(cents), 100)
    return f"{sign()}{whole:,}.{rest:02d}" if rest else f"{sign()}{whole:,}"


def rounded(cents: int) -> str:
    """Cents in whole units, rounded half up: "$5,201"."""
    return f"{sign()}{(int(cents) + 50) // 100:,}"


def cents(text: str) -> int:
    """What a person typed, "5,200.50" or "$5200", in cents, rounded half up; nothing is 0.

    Raises:
        BadAmount: no number, below zero or absurdly large.
    """
    plain = re.sub(r"[\s$,]", "", text.replace("\x00", "").replace(sign().strip(), ""))
    if not plain:
        return 0
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise BadAmount("Write an amount such as 5200 or 5,200.50.") from None
    if not amount.is_finite() or amount < 0:
        raise BadAmount("A value is 0 or more.")
    if amount >= MOST:
        raise BadAmount("This value is too large.")
    return int(amount * 100 + Decimal("0.5"))


def plain(cents: int) -> str:
    """Cents as they stand in a field to edit: "5200" or "5200.50"; nothing for 0."""
    whole, rest = divmod(int(cents), 100)
    return "" if not cents else f"{whole}.{rest:02d}" if rest else str(whole)
