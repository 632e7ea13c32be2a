"""Choosing a plan: what a change means and costs, offered for ten minutes, then bought or scheduled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from billing import add_ons, fitting, invoicing, lifecycle, notices, offering, paying, tax
from billing.cycles import end_after
from billing.dates import in_words
from billing.fitting import Over
from billing.holding import held
from billing.invoicing import Line
from billing.models import Plan, Subscription
from billing.models.subscription import INTERVALS
from billing.offering import Bought, Declined
from billing.proration import share
from core import clock
from core.errors import Refused


@dataclass(frozen=True)
class Quote:
    """An offer. `kind`: subscribe or upgrade (paid now), later (at the period's end), trial (free), none."""

    kind: str
    plan: Plan
    interval: str
    lines: list[Line] = field(default_factory=list)
    tax_cents: int = 0
    credit_cents: int = 0
    total_cents: int = 0  # due now
    at: dt.datetime | None = None  # when a later change happens
    next_at: dt.datetime | None = None
    next_cents: int = 0
    starts_cycle: bool = False
    clears: str = ""  # what is scheduled and goes away
    over: list[Over] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # add-ons that the plan does not sell
    token: str = ""

    @property
    def blockers(self) -> list[Over]:
        return [one for one in self.over if one.blocks]


def quote(company_id: str, plan: Plan, interval: str) -> Quote:
    """What a move to `plan` at `interval` (month or year) means now. Writes nothing.

    Raises:
        Refused: it cannot be done in the present state; the sentence says what to do first.
    """
    if interval not in INTERVALS:
        raise Refused("Choose monthly or annual.")
    with held(company_id) as row:
        offer = _offer(row, plan, interval)
        return _with(offer, token=offering.sign(row, new=plan.pk, by=interval, total=offer.total_cents))


def confirm(company_id: str, token: str) -> Bought:
    """Buy or schedule what a quote of this company offered, at the price it named.

    Raises:
        Refused: the offer is over, or something changed since it was made.
        Declined: the payment failed; nothing changed and no invoice is left open.
        paying.PaymentInProgress: another purchase waits for its payment.
    """
    told = offering.read(company_id, token)
    with held(company_id) as row:
        offering.check(row, told)
        plan = Plan.objects.get(pk=told["new"])
        offer = _offer(row, plan, told["by"])
        if offer.total_cents != told["total"]:
            raise Refused("The price has changed since the offer was made. Look at it again.")
        if offer.kind == "none":
            return Bought("done")
        if offer.blockers:
            raise fitting.blocked(plan, offer.blockers)
        if offer.kind == "later":
            _schedule(row, offer)
            return Bought("scheduled")
        if paying.default_method() is None and offer.total_cents:
            raise Refused("Add a card first.")
        offering.clear_stale(row)
        wants = {"plan": plan.pk, "interval": offer.interval, "starts_cycle": offer.starts_cycle}
        period = (clock.now(), offer.next_at) if offer.next_at else None
        purpose = "plan" if offer.kind == "subscribe" else "upgrade"
        invoice = invoicing.issue(row, purpose, offer.lines, wants, period)
        if invoice.state == "paid":
            paying.purchases.apply(row, invoice)
            return Bought("done", invoice)
    return offering.charge(company_id, invoice)


def withdraw(company_id: str) -> None:
    """Take a scheduled change back, any time before it happens. Nothing else changes.

    Raises:
        Refused: nothing is scheduled.
    """
    with held(company_id) as row:
        if row.next_plan is None:
            raise Refused("No change is scheduled.")
        facts = {"next": f"{row.next_plan} {INTERVALS[row.next_interval].lower()}"}
        row.change("subscription.change_withdrawn", facts=facts, next_plan=None, next_interval="")


def _offer(row: Subscription, plan: Plan, interval: str) -> Quote:
    now = clock.now()
    if row.state in (lifecycle.PAST_DUE, lifecycle.SUSPENDED):
        raise Refused("Pay the open invoice first; then the plan can be changed.")
    if row.state == lifecycle.CANCELLED and invoicing.unpaid(row.company_id):
        raise Refused("Pay the open invoice first; then the subscription can begin again.")
    if row.hold != "none":
        raise Refused("The account is on hold. Support can say why.")
    over = fitting.over(row, plan)
    if not row.is_billed or row.state not in lifecycle.PAYING:
        end = end_after(now, interval, now)
        line = Line("base", f"{plan} plan, {now:%d %b %Y} to {end:%d %b %Y}", plan.price_cents(interval))
        return _priced(row, Quote("subscribe", plan, interval, [line], starts_cycle=True, next_at=end, over=over))
    assert row.period_start is not None and row.period_end is not None
    clears = _clears(row)
    same = plan.key == row.plan.key
    if same and interval == row.interval and plan.pk == row.plan_id:
        return Quote("none", plan, interval)
    higher = plan.position > row.plan.position
    if row.interval == "year" and interval == "month" and higher:
        raise Refused(
            f"Take {plan} annually now and schedule the change to monthly for the year's end; it is not one step."
        )
    if row.interval == "month" and interval == "year" and (higher or same):
        end = end_after(now, "year", now)
        base = Line("base", f"{plan} plan, {now:%d %b %Y} to {end:%d %b %Y}", plan.annual_cents)
        lines = [_unused(row, now), base, *_add_ons_of_a_new_cycle(row, plan, interval, now)]
        too_much = fitting.over(row, plan) if _gives_up(row) else []
        offer = Quote("upgrade", plan, interval, lines, starts_cycle=True, next_at=end, clears=clears, over=too_much)
        return _priced(row, offer)
    if higher and interval == row.interval:
        cents = share(plan.price_cents(interval), row.period_start, row.period_end, now)
        until = f"{row.period_end:%d %b %Y}"
        lines = [_unused(row, now), Line("proration", f"{plan} plan until {until}", cents)]
        lines += _add_ons_of_the_rest(row, plan, now)
        return _priced(row, Quote("upgrade", plan, interval, lines, next_at=row.period_end, clears=clears))
    return Quote(
        "later", plan, interval, at=row.period_end, next_at=row.period_end, next_cents=_next(row, plan, interval),
        clears=clears, over=over, ends=_ends(row, plan),
    )  # fmt: skip


def _unused(row: Subscription, now: dt.datetime) -> Line:
    assert row.period_start is not None and row.period_end is not None
    cents = share(row.price_cents, row.period_start, row.period_end, now)
    return Line("proration", f"Unused days of {row.plan} until {row.period_end:%d %b %Y}", -cents)


def _gives_up(row: Subscription) -> bool:
    return any(item.next_quantity is not None for item in add_ons.items_of(row.company_id))


def _add_ons_of_the_rest(row: Subscription, plan: Plan, now: dt.datetime) -> list[Line]:
    """The add-ons for the rest of the period at another plan's price; nothing where the price is the same."""
    assert row.period_start is not None and row.period_end is not None
    until, lines = f"until {row.period_end:%d %b %Y}", []
    then = {part.add_on.key: part for part in add_ons.now(row, plan)}
    for part in add_ons.now(row):
        other = then.get(part.add_on.key)
        old, new = part.cents(row.plan, row.interval), other.cents(plan, row.interval) if other else 0
        if old != new:
            cents = share(old, row.period_start, row.period_end, now)
            lines.append(Line("proration", f"Unused days of {part} {until}", -cents))
            if other:
                cents = share(new, row.period_start, row.period_end, now)
                lines.append(Line("add_on", f"{other} beside {plan} {until}", cents))
    return lines


def _add_ons_of_a_new_cycle(row: Subscription, plan: Plan, interval: str, now: dt.datetime) -> list[Line]:
    """Unused days of the add-ons given back, and what goes on for the whole cycle that begins."""
    assert row.period_start is not None and row.period_end is not None
    lines = []
    for part in add_ons.now(row):
        cents = share(part.cents(row.plan, row.interval), row.period_start, row.period_end, now)
        lines.append(Line("proration", f"Unused days of {part} until {row.period_end:%d %b %Y}", -cents))
    return lines + [Line("add_on", str(part), part.cents(plan, interval)) for part in add_ons.coming(row, plan)]


def _next(row: Subscription, plan: Plan, interval: str) -> int:
    return plan.price_cents(interval) + add_ons.cost(add_ons.coming(row, plan), plan, interval)


def _ends(row: Subscription, plan: Plan) -> list[str]:
    """The add-ons that another plan does not sell."""
    sold = {part.add_on.key for part in add_ons.now(row, plan)}
    return [str(part) for part in add_ons.now(row) if part.add_on.key not in sold]


def _priced(row: Subscription, offer: Quote) -> Quote:
    net = max(sum(line.cents for line in offer.lines), 0)
    taxed, credit, total = tax.reckoned(row, net)
    return _with(
        offer, tax_cents=taxed, credit_cents=credit, total_cents=total,
        next_cents=_next(row, offer.plan, offer.interval), ends=_ends(row, offer.plan),
    )  # fmt: skip


def _with(offer: Quote, **fields: Any) -> Quote:
    return Quote(**{**offer.__dict__, **fields})


def _clears(row: Subscription) -> str:
    if row.state == lifecycle.CANCEL_SCHEDULED:
        return "The cancellation is taken back."
    return f"The scheduled change to {row.next_plan} is taken back." if row.next_plan else ""


def _schedule(row: Subscription, offer: Quote) -> None:
    assert row.period_end is not None
    if row.state == lifecycle.CANCEL_SCHEDULED:
        row.enter("undone", cancel_at=None, cancel_reason="", cancel_comment="")
    facts = {"next": f"{offer.plan} {INTERVALS[offer.interval].lower()}"}
    row.change(
        "subscription.change_scheduled", facts=facts, next_plan=offer.plan, next_interval=offer.interval,
        due_at=clock.now(),
    )  # fmt: skip
    notices.tell(
        row.company_id, "downgrade_scheduled", f"{clock.now():%Y-%m-%dT%H:%M:%S}", plan=str(offer.plan),
        date=in_words(row.period_end),
    )  # fmt: skip


__all__ = ["Bought", "Declined", "Quote", "confirm", "quote", "withdraw"]
