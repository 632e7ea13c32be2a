"""The one way money moves in a wallet: an entry whose legs sum to nothing, written once per kind and reference."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from billing import notices
from billing.models import Price, Wallet, WalletPosting
from billing.wallet.money import exact
from core import clock, ids, scope
from core.errors import Refused

OTHER = {
    "top_up": "top_ups",
    "recharge": "top_ups",
    "chargeback": "top_ups",
    "refund": "refunds",
    "promotional": "promotional",
    "adjustment": "adjustments",
}
LEVELS = {1: "wallet_low", 2: "wallet_empty"}
_CALL = "SELECT * FROM billing_wallet_post(%s, %s, %s, %s, %s, %s, %s, %s, %s"


class InsufficientFunds(Refused):
    """The wallet does not hold enough; nothing was charged or reserved."""

    status = 422
    code = "insufficient_funds"


class Posted(NamedTuple):
    """What became of a movement. Sums in micros. `is_new` is false for one that had happened before."""

    entry_id: str
    number: int
    available: int
    held: int
    amount: int
    is_new: bool
    asks: bool  # a recharge is wanted from now on


def post(
    company_id: str,
    kind: str,
    reference: str,
    *,
    available: int = 0,
    held: int = 0,
    limit: str = "zero",
    price: Price | None = None,
    quantity: int = 1,
    at: dt.datetime | None = None,
    channel: str = "",
    location_id: str = "",
    user_id: str = "",
    contact_id: str = "",
    hold_id: str = "",
    about: str = "",
) -> Posted:
    """Move `available` and `held` micros and write what it was for, in one round trip.

    Args:
        kind: a key of `billing.models.wallet_ledger.KINDS`.
        reference: with the kind it makes the movement happen once, however often it is asked for.
        limit: how far down: `zero`, `floor` (what is under way), `none` (credits) or `forced` (below the floor).
        at: when it happened; carriers tell late.

    Raises:
        InsufficientFunds: there is not so much; nothing moved.
    """
    given: list[Any] = [
        company_id, ids.id_prefix(), kind, reference, available, held, OTHER.get(kind, "revenue"), limit, clock.now()
    ]  # fmt: skip
    call = _CALL
    if price is not None:
        call += ", %s, %s, %s, %s"
        given += [price.key, price.version, price.micros, quantity]
    for name, value in (
        ("happened", at), ("channel", channel), ("location", location_id), ("user", user_id), ("contact", contact_id),
        ("hold", hold_id), ("about", about[:200]),
    ):  # fmt: skip
        if value:
            call += f", p_{name} => %s"
            given.append(value)
    call += ")"
    with connection.cursor() as cursor:
        cursor.execute(call, given)
        row = cursor.fetchone()
        if row[0] == "missing":
            wallet_of(company_id)
            cursor.execute(call, given)
            row = cursor.fetchone()
    outcome, entry_id, number, left, kept, amount, crossed, asks = row
    if outcome == "short":
        raise InsufficientFunds(
            f"The wallet holds {exact(left)}. Add funds to go on.", available=left, needed=-available
        )
    if crossed:
        notices.tell(company_id, LEVELS[crossed], str(number), balance=exact(left))
    return Posted(entry_id, number, left, kept, amount, outcome == "posted", asks)


def wallet_of(company_id: str) -> Wallet:
    """The company's wallet; it is made, empty, when there is none."""
    rows = Wallet.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    found: Wallet | None = rows.first()
    if found is not None:
        return found
    try:
        with transaction.atomic(), scope.use(company_id=company_id):
            return Wallet.record_new(company_id=company_id)
    except IntegrityError:  # somebody else was faster
        made: Wallet = rows.get()
        return made


def locked(company_id: str) -> Wallet:
    """The company's wallet, locked and fresh; everything that reads before it moves takes this lock first."""
    wallet_of(company_id)
    rows = Wallet.objects.everywhere(reason="the company is named").select_for_update(no_key=True)
    found: Wallet = rows.get(company_id=company_id)
    return found


def rate(wallet: Wallet) -> bool:
    """Bring what follows from the settings up to date after they changed. The caller holds the lock.

    Returns:
        Whether a recharge is wanted.
    """
    line = wallet.threshold_cents * 10_000
    left = wallet.available_micros
    wants = wallet.is_automatic and left <= line
    level = 2 if left <= 0 else 1 if left < line and not wallet.is_automatic else 0
    number = wallet.level_number if level == wallet.level else 0
    wallet.change(asked_at=(wallet.asked_at or clock.now()) if wants else None, level=level, level_number=number)
    return wants


def sums(company_id: str) -> dict[str, int]:
    """What the postings of each account come to, in micros; all of them together are nothing."""
    rows = WalletPosting.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    found: list[Any] = list(rows.values_list("account").annotate(sum=Coalesce(Sum("micros"), 0)))
    return {account: int(total) for account, total in found}


def is_true(company_id: str) -> bool:
    """Whether the wallet shows what its postings say, and they come to nothing together."""
    with scope.use(company_id=company_id):
        wallet = wallet_of(company_id)
    found = sums(company_id)
    return (
        sum(found.values()) == 0
        and found.get("available", 0) == wallet.available_micros
        and found.get("held", 0) == wallet.held_micros
    )
