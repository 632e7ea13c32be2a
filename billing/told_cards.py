"""What a gateway tells of cards: one was typed, the network replaced one, one hangs on nobody any more."""

from __future__ import annotations

from typing import Any

from billing import methods, turning
from billing.gateways import Card, Event
from billing.holding import held
from billing.models import PaymentMethod
from core import clock, scope
from core.errors import NotFound
from core.scope import SYSTEM


def take(gateway: str, told: Event) -> str:
    """Put an event about a card into effect; repeating it is harmless. A card is added also for somebody who never came
    back from the gateway's page, and what is unpaid is charged to it.

    Returns:
        A note for the event; empty when it is about no card of ours.
    """
    with scope.fresh(actor=SYSTEM):
        if told.card is not None and told.owner:
            return _added(told.owner, told.card)
        if told.card is not None:
            return _changed(gateway, told.card)
        return _gone(gateway, told.gone) if told.gone else ""


def _added(company_id: str, card: Card) -> str:
    with scope.use(company_id=company_id):
        try:
            method = methods.add(company_id, card)
        except NotFound:
            return "the company needs no card"
    turning.turn(company_id)
    return f"{method} is saved"


def _changed(gateway: str, card: Card) -> str:
    row = _row(gateway, card.token)
    if row is None:
        return ""
    is_other = (row.last4, row.exp_month, row.exp_year) != (card.last4, card.exp_month, card.exp_year)
    fields: dict[str, Any] = {"brand": card.brand, "last4": card.last4, "exp_month": card.exp_month,
                              "exp_year": card.exp_year, "country": card.country}  # fmt: skip
    if is_other:  # the bank's no was to the former one
        fields["refused_as"] = ""
    with held(row.company_id) as subscription:
        row.lock()
        row.change(facts={"card": f"{card.brand} ending {card.last4}"}, **fields)
        subscription.look_at(clock.now())  # when it expires has changed
    return f"{row} is as the network says"


def _gone(gateway: str, token: str) -> str:
    row = _row(gateway, token)
    if row is None or row.removed_at is not None:
        return ""
    with held(row.company_id):
        row.lock()
        row.change(facts={"card": str(row)}, refused_as="card_unknown")
    return f"{row} is gone"


def _row(gateway: str, token: str) -> PaymentMethod | None:
    rows = PaymentMethod.objects.everywhere(reason="the gateway names the card").filter(gateway=gateway, token=token)
    found: PaymentMethod | None = rows.first()
    return found
