"""What support promises a company: the hours to a first reply, the order of the queue, and whether it may call."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from billing import lifecycle, plans
from billing.models import Subscription

LEAST = "starter"  # what trials get, and companies that have taken no plan
PRIORITY = frozenset({"enterprise"})


class Promise(NamedTuple):
    hours: int
    is_priority: bool
    phone: str  # the number to call, "" for none


def of(company_id: str) -> Promise:
    """What a company is promised now. At most two queries."""
    rows = Subscription.objects.everywhere(reason="the company is named").select_related("plan")
    held = rows.filter(company_id=company_id).first()
    if held is None or held.state in (lifecycle.TRIALING, lifecycle.TRIAL_EXPIRED):
        return Promise(plans.named(LEAST).support_hours, False, "")
    is_priority = held.plan.key in PRIORITY
    return Promise(held.plan.support_hours, is_priority, settings.SUPPORT_PHONE if is_priority else "")
