"""What the frame of every page says of an unpaid bill, and the way out of a read-only account.

The state comes with the location's own row, so a page on which nothing is due costs no query.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q

from accounts import owners
from accounts.models import Location
from billing import lifecycle, terms
from billing.dates import after
from billing.models import Invoice
from core import clock, scope
from core.access import Standing
from core.pages import link
from core.scope import Actor

WAYS_OUT = {
    lifecycle.TRIAL_EXPIRED: ("Choose a plan", "settings:billing_plans"),
    lifecycle.SUSPENDED: ("Pay now", "settings:billing"),
    lifecycle.CANCELLED: ("Reactivate", "settings:billing_plans"),
}


def of(place: Location, actor: Actor) -> dict[str, Any] | None:
    """The bar of a company that is past due; None when it is not. `place` carries `trial_state` and `past_due_since`.

    Who may see billing learns what failed and what comes, by one query. Others learn nothing until the day of the
    terms, and then only that something is to be done.
    """
    since = getattr(place, "past_due_since", None)
    if since is None or getattr(place, "trial_state", "") != lifecycle.PAST_DUE:
        return None
    rules = terms.current()["payments"]
    if not actor.may("billing.readonly"):
        return {"is_neutral": True} if clock.now() >= since + after(rules["others_day"]) else None
    failed = Max("attempts__ended_at", filter=Q(attempts__state="failed"))
    bill = Invoice.objects.filter(state="overdue").annotate(failed_at=failed).order_by("overdue_since", "pk").first()
    if bill is None:
        return None
    assert bill.overdue_since is not None
    tries = [bill.overdue_since + after(day) for day in rules["retry_days"]]
    coming = [at for at in tries[bill.step :] if at > clock.now()]
    return {
        "is_neutral": False,
        "cents": bill.total_cents,
        "failed_at": bill.failed_at or bill.overdue_since,
        "next_at": coming[0] if coming else None,
        "stops_at": tries[-1],
        "pay_url": link("settings:billing_invoice", bill.pk) if actor.may("billing.write") else "",
        "card_url": link("settings:billing_methods") if actor.may("billing.write") else "",
    }


def way_out(standing: Standing, actor: Actor) -> dict[str, str] | None:
    """What leads out of read-only: a button for those who may pay, the owner for others (one query); None for neither."""
    if standing.reason not in WAYS_OUT:
        return None
    if actor.may("billing.write"):
        label, name = WAYS_OUT[standing.reason]
        return {"label": label, "url": link(name)}
    owner = owners.owner_of(scope.company_id())
    return {"label": f"Contact {owner}", "url": f"mailto:{owner.email}"} if owner else None
