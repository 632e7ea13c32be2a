"""Taking add-ons and giving them up: more is paid for at once by the days that are left, fewer holds from the next period.

A person says how many they want to have; what that means and costs is an offer, which they take or leave.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from billing import add_ons, fitting, invoicing, lifecycle, offering, paying, tax
from billing.add_ons import Part
from billing.dates import in_words
from billing.fitting import Over
from billing.holding import held
from billing.invoicing import Line
from billing.models import AddOn, Subscription, SubscriptionItem
from billing.offering import Bought
from billing.proration import share
from core import clock
from core.errors import Invalid, Refused

KEPT = ("contacts", "media_gb")  # stay where they are when there is no room any more; only adding is refused


@dataclass(frozen=True)
class Offer:
    """`kind`: more (paid now), fewer (from `at` on), keep (what was given up is kept after all), none."""

    kind: str
    add_on: AddOn
    had: int
    quantity: int
    at: dt.datetime  # the end of the period
    lines: list[Line] = field(default_factory=list)
    tax_cents: int = 0
    credit_cents: int = 0
    total_cents: int = 0  # due now
    next_cents: int = 0  # the next bill, without tax
    over: list[Over] = field(default_factory=list)  # what there would be too much of
    token: str = ""

    @property
    def blockers(self) -> list[Over]:
        return [one for one in self.over if one.name not in KEPT]


@dataclass(frozen=True)
class Shelf:
    """An add-on as the page shows it: the price of one for a period, how many a company has and will have."""

    add_on: AddOn
    cents: int
    quantity: int
    next_quantity: int | None

    @property
    def wanted(self) -> int:
        return self.quantity if self.next_quantity is None else self.next_quantity


class StillUsed(Refused):
    """`extra["blockers"]` lists what has to be freed first."""

    status = 422
    code = "downgrade_blocked"


def shelf(row: Subscription) -> list[Shelf]:
    """What is sold beside a company's plan, and what it has of it. Two queries."""
    had = {item.key: item for item in add_ons.items_of(row.company_id)}
    found = []
    for one in add_ons.current():
        item = had.get(one.key)
        add_on = item.add_on if item else one
        cents = add_on.price_cents(row.plan.key, row.interval)
        if cents is not None:
            found.append(Shelf(add_on, cents, item.quantity if item else 0, item.next_quantity if item else None))
    return found


def quote(company_id: str, key: str, quantity: int) -> Offer:
    """What it means to have `quantity` of an add-on. Writes nothing.

    Raises:
        Refused: it cannot be done in the present state, or the plan does not sell it; the sentence says why.
        Invalid: not that many. NotFound: no such add-on.
    """
    with held(company_id) as row:
        offer = _offer(row, key, quantity)
        return replace(offer, token=offering.sign(row, add_on=key, quantity=quantity, total=offer.total_cents))


def confirm(company_id: str, token: str) -> Bought:
    """Take what a quote of this company offered, at the price it named.

    Raises:
        Refused: the offer is over, or something changed since it was made. StillUsed: more is in use than would be left.
        offering.Declined: the payment failed; nothing changed and no invoice is left open.
        paying.PaymentInProgress: another purchase waits for its payment.
    """
    told = offering.read(company_id, token)
    if "add_on" not in told:
        raise Refused("This offer is not of an add-on.")
    with held(company_id) as row:
        offering.check(row, told)
        offer = _offer(row, told["add_on"], told["quantity"])
        if offer.total_cents != told["total"]:
            raise Refused("The price has changed since the offer was made. Look at it again.")
        if offer.kind == "none":
            return Bought("done")
        if offer.blockers:
            raise _still_used(offer)
        if offer.kind in ("fewer", "keep"):
            _schedule(row, offer)
            return Bought("scheduled")
        if offer.total_cents and paying.default_method() is None:
            raise Refused("Add a card first.")
        offering.clear_stale(row)
        wants = {"add_on": offer.add_on.pk, "number": offer.quantity - offer.had}
        invoice = invoicing.issue(row, "add_on", offer.lines, wants, (clock.now(), offer.at))
        if invoice.state == "paid":
            paying.purchases.apply(row, invoice)
            return Bought("done", invoice)
    return offering.charge(company_id, invoice)


def _offer(row: Subscription, key: str, quantity: int) -> Offer:
    _check(row)
    assert row.period_start is not None and row.period_end is not None
    item: SubscriptionItem | None = SubscriptionItem.objects.select_related("add_on").filter(key=key).first()
    add_on = item.add_on if item else add_ons.named(key)
    had = item.quantity if item else 0
    price = add_on.price_cents(row.plan.key, row.interval)
    if price is None:
        raise Refused(f"The {row.plan} plan does not sell it: {add_on}.")
    if not 0 <= quantity <= add_on.most:
        raise Invalid({"quantity": f"Give a number from 0 to {add_on.most:,}."})
    offer = Offer("none", add_on, had, quantity, row.period_end)
    if quantity > had:
        if all(row.limits.get(name) is None for name in add_on.adds):
            raise Refused("Your account has no limit that this would raise.")
        part = Part(add_on, quantity - had)
        cents = share(part.cents(row.plan, row.interval), row.period_start, row.period_end, clock.now())
        line = Line("add_on", f"{part} until {row.period_end:%d %b %Y}", cents)
        taxed, credit, total = tax.reckoned(row, cents)
        offer = replace(
            offer, kind="more", lines=[line], tax_cents=taxed, credit_cents=credit, total_cents=total
        )  # fmt: skip
    elif quantity < had and (item is None or item.next_quantity != quantity):
        offer = replace(offer, kind="fewer", over=_over(row, add_on, quantity))
    elif quantity == had and item is not None and item.next_quantity is not None:
        offer = replace(offer, kind="keep")
    plan, interval = row.next_plan or row.plan, row.next_interval or row.interval
    cents = plan.price_cents(interval) + add_ons.cost(_then(row, add_on, quantity), plan, interval)
    return replace(offer, next_cents=cents)


def _check(row: Subscription) -> None:
    if row.hold != "none":
        raise Refused("The account is on hold. Support can say why.")
    if row.state in (lifecycle.PAST_DUE, lifecycle.SUSPENDED):
        raise Refused("Pay the open invoice first; then add-ons can be changed.")
    if row.state == lifecycle.CANCEL_SCHEDULED and row.cancel_at:
        ends = in_words(row.cancel_at)
        raise Refused(f"The subscription ends on {ends}, and its add-ons with it. Keep it first to change them.")
    if row.state != lifecycle.ACTIVE or not row.is_billed:
        raise Refused("Add-ons come with a plan that is paid. Choose a plan first.")


def _then(row: Subscription, add_on: AddOn, quantity: int) -> list[Part]:
    """What goes on when the period ends, if the company wants `quantity` of an add-on."""
    parts = [part for part in add_ons.coming(row, row.next_plan) if part.add_on.key != add_on.key]
    if quantity and (row.next_plan is None or add_on.price_cents(row.next_plan.key, row.next_interval) is not None):
        parts.append(Part(add_on, quantity))
    return parts


def _over(row: Subscription, add_on: AddOn, quantity: int) -> list[Over]:
    """What of the things that this add-on makes room for would be too much from the period's end on."""
    found = fitting.over(row, row.next_plan or row.plan, _then(row, add_on, quantity))
    return [one for one in found if one.name in add_on.adds]


def _still_used(offer: Offer) -> StillUsed:
    free = "; ".join(f"{one.label}: {one.used:,} in use, {one.most:,} left" for one in offer.blockers)
    return StillUsed(
        f"You use more than would be left without it. Free first: {free}.",
        blockers=[{"meter": one.name, "used": one.used, "limit": one.most} for one in offer.blockers],
    )


def _schedule(row: Subscription, offer: Offer) -> None:
    item = SubscriptionItem.objects.get(key=offer.add_on.key)
    facts = {"add_on": str(offer.add_on), "number": offer.had - offer.quantity}
    if offer.kind == "keep":
        item.change("add_on.removal_withdrawn", facts=facts, next_quantity=None)
    else:
        item.change("add_on.removal_scheduled", facts=facts, next_quantity=offer.quantity)
