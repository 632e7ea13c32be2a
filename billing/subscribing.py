"""Putting a company on a plan without a payment: an operator's way, and what every change of plan does to counting."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import Company
from billing import add_ons, lifecycle
from billing.meters import COUNTED
from billing.models import Meter, Plan, Subscription
from core import scope


def subscribe(company: Company, plan: Plan) -> Subscription:
    """Give a company a plan, its first or another, at once and for nothing. Nothing is deleted when it allows less.

    A company that is in a trial, late or cancelled becomes active; one that pays goes on paying, for the other plan.
    """
    with transaction.atomic(), scope.use(company_id=company.pk):
        held: Subscription | None = Subscription.objects.select_for_update().filter(company=company).first()
        if held is None:
            held = Subscription.record_new(company=company, plan=plan, facts={"plan": plan.name})
        else:
            held.move_to(plan)
            if held.state != lifecycle.ACTIVE:
                held.enter("granted", is_billed=False, **ENDED)
            if held.is_billed:
                add_ons.move(held, is_new_plan=True, is_new_period=False)
            else:
                add_ons.end(held)
        count_afresh(company.pk)
    return held


ENDED: dict[str, Any] = {"cancel_at": None, "delete_after": None, "past_due_since": None, "due_at": None}


def count_afresh(company_id: str) -> None:
    """Forget what was counted, so that counting starts from what is there; counters of a day or a month go on."""
    Meter.objects.filter(company_id=company_id, name__in=COUNTED).delete()
