"""Builders of this app's rows for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import Company
from billing import cancelling, clocks, gateways, methods, plans, purchasing, trials, turning
from billing import paying as charging
from billing.models import Invoice, SandboxCard, Subscription
from billing.subscribing import subscribe
from core import clock, scope


def subscription(company: Company, plan: str = "starter", **overrides: Any) -> Subscription:
    """The company on a plan, with other limits where given."""
    held = subscribe(company, plans.named(plan))
    if overrides:
        held.override(**overrides)
    return held


def behaving(company: Company, behaviour: str = "succeeds", **fields: Any) -> gateways.Card:
    """A card of the sandbox that behaves so."""
    fields = {"brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": clock.now().year + 5, **fields}
    card = SandboxCard.objects.create(customer=company.pk, behaviour=behaviour, **fields)
    return gateways.Card(card.pk, card.brand, card.last4, card.exp_month, card.exp_year)


def change_behaviour(behaviour: str) -> None:
    """Every card that the sandbox knows behaves so from now on."""
    SandboxCard.objects.update(behaviour=behaviour)


def paying(
    company: Company, plan: str = "professional", interval: str = "month", then: str = "succeeds"
) -> Subscription:
    """The company has subscribed just now; its card behaves differently from then on."""
    trials.start(company, plans.named(plan))
    methods.add(company.pk, behaving(company))
    buy(company, plan, interval)
    change_behaviour(then)
    return of(company)


def buy(company: Company, plan: str, interval: str = "month") -> purchasing.Bought:
    """What a person does on the page of plans: look at the offer, take it."""
    return purchasing.confirm(company.pk, purchasing.quote(company.pk, plans.named(plan), interval).token)


def of(company: Company) -> Subscription:
    """The company's subscription as it is now."""
    rows = Subscription.objects.everywhere(reason="the company is named").select_related("plan", "next_plan")
    found: Subscription = rows.get(company=company)
    return found


def wait(company: Company, days: float) -> list[str]:
    """Let days go by on the company's clock, everything at its moment; the names of what happened."""
    with scope.use(company_id=company.pk):
        to = clock.now() + dt.timedelta(days=days)
    return [item.name for item in clocks.move(company, to)]


def wait_blind(company: Company, days: float) -> list[str]:
    """Let days go by while no scheduler runs, then run it once."""
    with scope.use(company_id=company.pk):
        to = clock.now() + dt.timedelta(days=days)
    clocks.show(company.pk, to)
    return [item.name for item in turning.turn(company.pk)]


def wait_until_renewal(company: Company) -> None:
    """Up to the moment of the next bill and what happens in it."""
    held = of(company)
    assert held.period_end is not None
    clocks.move(company, held.period_end)


def cancel(company: Company) -> None:
    cancelling.cancel(company.pk, "other")


def wait_until(company: Company, moment: dt.datetime) -> None:
    """Up to a moment and what happens in it."""
    clocks.move(company, moment)


def over_no_limit(cast: Any) -> None:
    """Acme fits the smallest plan."""
    cast.elsewhere.change(is_active=False)


def paying_now(company: Company, plan: str) -> None:
    """A company in a trial adds a good card and subscribes."""
    methods.add(company.pk, behaving(company))
    buy(company, plan)


def paying_by_hand(company: Company) -> None:
    """A person pays the overdue invoice."""
    invoice = Invoice.objects.everywhere(reason="the company is named").get(company=company, state="overdue")
    charging.pay(invoice.pk, company.pk)
