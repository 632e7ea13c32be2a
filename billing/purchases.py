"""What happens when the invoice of a purchase is paid: plan, limits and periods switch in the same transaction."""

from __future__ import annotations

from typing import Any

from billing import add_ons, notices
from billing.cycles import end_after
from billing.dates import in_words
from billing.models import AddOn, Invoice, Plan, Subscription
from billing.subscribing import count_afresh
from core import clock

CLEARED: dict[str, Any] = {
    "next_plan": None, "next_interval": "", "cancel_at": None, "cancel_reason": "", "cancel_comment": "",
    "cancelled_at": None, "delete_after": None, "past_due_since": None,
}  # fmt: skip


def apply(held: Subscription, invoice: Invoice) -> None:
    """Give what a paid invoice was for; nothing for renewals. The caller holds the subscription's lock."""
    wants = invoice.wants
    if "add_on" in wants:
        add_ons.give(held, AddOn.objects.get(pk=wants["add_on"]), wants["number"])
        count_afresh(held.company_id)
    if "plan" not in wants:
        return
    plan, interval = Plan.objects.get(pk=wants["plan"]), wants["interval"]
    fields: dict[str, Any] = {**CLEARED, "plan": plan, "interval": interval, "is_billed": True}
    if wants.get("starts_cycle"):
        now = clock.now()
        fields |= {"anchor_at": now, "period_start": now, "period_end": end_after(now, interval, now)}
    is_new_plan = plan.pk != held.plan_id
    held.enter("plan_paid", facts={"plan": plan.name}, **fields)
    add_ons.move(held, is_new_plan=is_new_plan, is_new_period=bool(wants.get("starts_cycle")))
    count_afresh(held.company_id)
    assert held.period_end is not None
    notices.tell(held.company_id, "plan_upgraded", invoice.pk, plan=plan.name, next=in_words(held.period_end))
