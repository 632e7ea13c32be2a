"""The cards a company pays with."""

from __future__ import annotations

from billing import gateways, invoicing, lifecycle, paying
from billing.gateways import Card, NoAnswer
from billing.holding import held
from billing.models import Attempt, PaymentMethod
from core import clock
from core.errors import NotFound, Refused
from core.tasks import task


def add(company_id: str, card: Card, make_default: bool = True) -> PaymentMethod:
    """Save a card that the gateway describes; adding it again changes nothing. What is unpaid is charged at once."""
    name = gateways.current().name
    with held(company_id):
        found: PaymentMethod | None = PaymentMethod.objects.filter(gateway=name, token=card.token).first()
        if found is not None:
            return found
        method = PaymentMethod.record_new(
            company_id=company_id, gateway=name, token=card.token, brand=card.brand, last4=card.last4,
            exp_month=card.exp_month, exp_year=card.exp_year, country=card.country,
            always_confirms=card.always_confirms, facts={"card": f"{card.brand} ending {card.last4}"},
        )  # fmt: skip
        if make_default or paying.default_method() is None:
            _make_default(method)
    pay_outstanding(company_id, method)
    return method


def pay_outstanding(company_id: str, method: PaymentMethod) -> list[Attempt]:
    """Charge what is overdue to a card, oldest first; a failure leaves the schedule as it is."""
    tried = []
    for invoice in invoicing.unpaid(company_id):
        if invoice.purpose == "renewal":
            try:
                tried.append(paying.pay(invoice.pk, company_id, method))
            except Refused:  # in progress, or paid a moment ago
                continue
    return tried


def make_default(company_id: str, method_id: str) -> PaymentMethod:
    """Use a card for every charge from now on."""
    with held(company_id):
        method = _found(method_id)
        _make_default(method)
        return method


def remove(company_id: str, method_id: str) -> None:
    """Forget a card.

    Raises:
        Refused: it is the last good one of a live subscription.
    """
    with held(company_id) as row:
        method = _found(method_id)
        others = [one for one in PaymentMethod.objects.filter(removed_at=None).exclude(pk=method.pk) if one.is_good]
        if row.is_billed and row.state in (*lifecycle.PAYING, lifecycle.SUSPENDED) and not others:
            raise Refused("This is the only good card of a running subscription. Add another one first.")
        was_default = method.is_default
        method.change("payment_method.removed", facts={"card": str(method)}, removed_at=clock.now(), is_default=False)
        if was_default and others:
            _make_default(others[-1])
    forget.delay(method.gateway, method.token)


@task(autoretry_for=(NoAnswer,), retry_backoff=60, retry_backoff_max=6 * 3600, max_retries=12)
def forget(gateway: str, token: str) -> None:
    """Have the gateway forget a card; tried again for days while it does not answer."""
    gateways.named(gateway).forget(token)


def _make_default(method: PaymentMethod) -> None:
    for other in PaymentMethod.objects.filter(is_default=True, removed_at=None).exclude(pk=method.pk):
        other.change(facts={"card": str(other)}, is_default=False)
    method.change("payment_method.made_default", facts={"card": str(method)}, is_default=True)


def _found(method_id: str) -> PaymentMethod:
    found: PaymentMethod | None = PaymentMethod.objects.filter(pk=method_id, removed_at=None).first()
    if found is None:
        raise NotFound("There is no such card.")
    return found
