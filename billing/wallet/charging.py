"""Paying from the wallet: at once, or by setting money aside first and settling it when the real cost is known."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction

from billing.models import Wallet, WalletEntry, WalletHold
from billing.wallet import ledger, prices, recharging
from billing.wallet.ledger import InsufficientFunds, Posted
from core import access, clock
from core.errors import Invalid, NotFound, Refused

HOLD_LASTS = dt.timedelta(hours=24)
MOST_EXPIRED = 500


class Whom(TypedDict, total=False):
    """What a statement says of a movement. Ids are those of the location, the person and the contact."""

    channel: str
    location_id: str
    user_id: str
    contact_id: str
    about: str


def charge(
    company_id: str,
    key: str,
    quantity: int,
    reference: str,
    *,
    at: dt.datetime | None = None,
    in_progress: bool = False,
    **whom: Unpack[Whom],
) -> Posted:
    """Charge `quantity` units of a price, once per `reference`, the provider's id of the record.

    Args:
        key: a price such as `sms.out`.
        at: when the event began, which decides the price; now when left out.
        in_progress: it is under way and not cut, so the balance may go down to the floor.

    Raises:
        InsufficientFunds: there is not enough; nothing is charged.
        Invalid: no units, or no reference.
        NotFound: nothing of that name has a price.
    """
    _check(quantity, reference)
    price = prices.named(key, at)
    posted = ledger.post(
        company_id, price.kind, reference, available=-price.micros * quantity, price=price, quantity=quantity, at=at,
        limit="floor" if in_progress else "zero", **whom,
    )  # fmt: skip
    return _after(company_id, posted)


def cost(key: str, quantity: int = 1, at: dt.datetime | None = None) -> int:
    """What `quantity` units cost, in micros."""
    return prices.named(key, at).micros * quantity


def can_pay(company_id: str, key: str, quantity: int = 1) -> bool:
    """Whether something new may start: there is money, and enough of it. One query; only a hold is a promise."""
    if access.level() != access.FULL:
        return False
    rows = Wallet.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    left = rows.values_list("available_micros", flat=True).first() or 0
    return left > 0 and left >= cost(key, quantity)


def hold(
    company_id: str,
    key: str,
    quantity: int,
    reference: str,
    *,
    lasts: dt.timedelta = HOLD_LASTS,
    **whom: Unpack[Whom],
) -> WalletHold:
    """Set money aside for `quantity` units, once per `reference`. What nobody settles is free again after `lasts`.

    Raises:
        InsufficientFunds: there is not so much; nothing is held.
    """
    _check(quantity, reference)
    price = prices.named(key)
    micros = price.micros * quantity
    row = WalletHold(
        company_id=company_id, reference=reference, price_key=key, price_version=price.version, quantity=quantity,
        unit_micros=price.micros, micros=micros, left_micros=micros, details=dict(whom), expires_at=clock.now() + lasts,
    )  # fmt: skip
    with transaction.atomic():
        posted = ledger.post(
            company_id, "hold", reference, available=-micros, held=micros, price=price, quantity=quantity,
            hold_id=row.pk, **whom,
        )  # fmt: skip
        if posted.is_new:
            row.save(force_insert=True)
            return _after(company_id, posted) and row
    found: WalletHold = _holds(company_id).get(reference=reference)
    return found


def hold_up_to(company_id: str, key: str, quantity: int, reference: str, **whom: Unpack[Whom]) -> WalletHold | None:
    """Set money aside for as many of `quantity` units as there is money for: a bulk send starts no more than that.

    Returns:
        The hold, whose `quantity` says how many; None when there is not enough for one.
    """
    _check(quantity, reference)
    with transaction.atomic():
        wallet = ledger.locked(company_id)
        before: WalletHold | None = _holds(company_id).filter(reference=reference).first()
        if before is not None:
            return before
        each = cost(key)
        fits = quantity if not each else min(quantity, max(wallet.available_micros, 0) // each)
        return hold(company_id, key, fits, reference, **whom) if fits else None


def settle(
    hold_id: str, company_id: str, quantity: int, reference: str, *, ends: bool = True, **whom: Unpack[Whom]
) -> Posted:
    """Charge what a hold was for, at its price: less than was held, as much, or more. Once per `reference`.

    Args:
        ends: whether what is left is free again; otherwise it waits for the next part of a bulk send.

    Raises:
        InsufficientFunds: more than was held, and beyond the floor.
        Refused: the hold has ended and this was not part of it.
    """
    _check(quantity, reference)
    with transaction.atomic():
        row = _locked(hold_id, company_id)
        price = prices.of_version(row.price_key, row.price_version)
        micros = row.unit_micros * quantity
        if row.state != "open":
            return _repeated(row, price.kind, reference)
        from_hold = row.left_micros if ends else min(micros, row.left_micros)
        posted = ledger.post(
            company_id, price.kind, reference, available=from_hold - micros, held=-from_hold, price=price,
            quantity=quantity, limit="floor", hold_id=row.pk, **{**row.details, **whom},
        )  # fmt: skip
        if posted.is_new:
            _take(row, from_hold, "captured" if ends or row.left_micros == from_hold else "")
    return _after(company_id, posted)


def release(hold_id: str, company_id: str, state: str = "released") -> WalletHold:
    """Free what a hold still holds. Harmless to repeat."""
    with transaction.atomic():
        row = _locked(hold_id, company_id)
        if row.state == "open":
            if row.left_micros:
                ledger.post(
                    company_id, "release", row.pk, available=row.left_micros, held=-row.left_micros, limit="none",
                    hold_id=row.pk,
                )  # fmt: skip
            _take(row, row.left_micros, state)
    return row


def expire(company_id: str) -> int:
    """Free what nobody settled in time; how many holds that were."""
    late = _holds(company_id).filter(state="open", expires_at__lte=clock.now()).order_by("expires_at")
    found = list(late.values_list("pk", flat=True)[:MOST_EXPIRED])
    for pk in found:
        release(pk, company_id, "expired")
    return len(found)


def give(company_id: str, kind: str, micros: int, reference: str, *, about: str, **whom: Unpack[Whom]) -> Posted:
    """Put money in that no card paid: `promotional`, `refund` of a charge, or an `adjustment` either way.

    Raises:
        Invalid: another kind, or nothing to give.
        InsufficientFunds: an adjustment takes more than there is.
    """
    if kind not in ("promotional", "refund", "adjustment"):
        raise Invalid({"kind": "Choose a refund, an adjustment or promotional credit."})
    if micros == 0 or (micros < 0 and kind != "adjustment"):
        raise Invalid({"micros": "Give an amount above zero."})
    _check(1, reference)
    limit = "floor" if micros < 0 else "none"
    return _after(
        company_id, ledger.post(company_id, kind, reference, available=micros, limit=limit, about=about, **whom)
    )


def refund(company_id: str, entry_id: str, reference: str, *, about: str) -> Posted:
    """Give a charge back in full, once, whatever the reference.

    Raises:
        NotFound: no such charge of this company.
    """
    rows = WalletEntry.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    entry = rows.filter(pk=entry_id, kind__in=("charge", "rent", "fee"), amount_micros__lt=0).first()
    if entry is None:
        raise NotFound("There is no such charge.")
    whom: Whom = {
        "channel": entry.channel, "location_id": entry.for_location, "user_id": entry.for_user,
        "contact_id": entry.for_contact,
    }  # fmt: skip
    note = f"{about} ({reference})"
    return give(company_id, "refund", -entry.amount_micros, entry.pk, about=note, **whom)


def _check(quantity: int, reference: str) -> None:
    errors = {}
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        errors["quantity"] = "Give a whole number of units, at least one."
    if not reference or len(reference) > 100:
        errors["reference"] = "Give the record's id, at most 100 characters."
    if errors:
        raise Invalid(errors)


def _after(company_id: str, posted: Posted) -> Posted:
    if posted.asks:
        recharging.run.delay(company_id)
    return posted


def _holds(company_id: str) -> Any:
    return WalletHold.objects.everywhere(reason="the company is named").filter(company_id=company_id)


def _locked(hold_id: str, company_id: str) -> WalletHold:
    """The hold, locked after its wallet."""
    ledger.locked(company_id)
    found: WalletHold | None = _holds(company_id).select_for_update().filter(pk=hold_id).first()
    if found is None:
        raise NotFound("There is no such reservation.")
    return found


def _take(row: WalletHold, micros: int, state: str) -> None:
    row.left_micros -= micros
    if state:
        row.state, row.ended_at = state, clock.now()
    row.save(update_fields=["left_micros", "state", "ended_at"])


def _repeated(row: WalletHold, kind: str, reference: str) -> Posted:
    """What was posted for the reference before; a hold that ended gives nothing new."""
    rows = WalletEntry.objects.everywhere(reason="the company is named").filter(company_id=row.company_id)
    entry = rows.filter(kind=kind, reference=reference).first()
    if entry is None:
        raise Refused("The reservation has ended.")
    wallet = ledger.wallet_of(row.company_id)
    return Posted(
        entry.pk, entry.number, wallet.available_micros, wallet.held_micros, entry.amount_micros, False, False
    )


__all__ = [
    "InsufficientFunds",
    "can_pay",
    "charge",
    "cost",
    "expire",
    "give",
    "hold",
    "hold_up_to",
    "refund",
    "release",
    "settle",
]
