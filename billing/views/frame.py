"""What all pages of Settings -> Billing share: tabs, the state in words, the notice of an unpaid bill."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from billing import agenda, gateways, lifecycle, terms
from billing.dates import after
from billing.models import Attempt, Invoice, Subscription
from core import clock, scope
from core.pages import link

TABS = [
    ("Plan and usage", "settings:billing"),
    ("Invoices", "settings:billing_invoices"),
    ("Payment methods", "settings:billing_methods"),
    ("Wallet", "settings:wallet"),
    ("Address and tax", "settings:billing_address"),
]
LEVELS = {
    lifecycle.ACTIVE: "ok",
    lifecycle.TRIALING: "info",
    lifecycle.PAST_DUE: "warn",
    lifecycle.CANCEL_SCHEDULED: "warn",
}


def context(request: HttpRequest, tab: str, **more: Any) -> dict[str, Any]:
    """The context of a billing page; `tab` is the name of its address."""
    held = Subscription.objects.select_related("plan", "next_plan").first()
    is_operator = bool(settings.SANDBOX and getattr(request.user, "is_staff", False))
    return {
        "subscription": held,
        "state_level": LEVELS.get(held.state, "bad") if held else "",
        "tabs": [{"label": label, "url": link(name), "current": name == tab} for label, name in TABS],
        "may_write": scope.current().actor.may("billing.write"),
        "is_sandbox": gateways.current().is_sandbox,
        "company_now": clock.now(),
        "may_move_clock": is_operator,
        "late": late(held) if held else None,
        **more,
    }


def late(held: Subscription) -> dict[str, Any] | None:
    """The unpaid bill, if there is one: when it failed, the steps with what became of them, when service stops."""
    invoice = Invoice.objects.filter(state="overdue").order_by("pk").first()
    if invoice is None or invoice.overdue_since is None:
        return None
    attempts = list(Attempt.objects.filter(invoice=invoice).order_by("number"))
    days = [0, *terms.current()["payments"]["retry_days"]]
    coming = [item for item in agenda.of(held) if item.do == "retry"]
    steps = []
    for step, day in enumerate(days):
        tried = next((one for one in attempts if one.step == step and one.is_automatic), None)
        planned = next((item.at for item in coming if item.step == step), invoice.overdue_since + after(day))
        steps.append(
            {
                "at": tried.began_at if tried else planned,
                "label": f"Retry {step}" if step else "First charge",
                "state": tried.state if tried else "skipped" if step <= invoice.step else "to come",
                "is_last": step == len(days) - 1,
            }
        )
    return {
        "invoice": invoice,
        "attempt": attempts[-1] if attempts else None,
        "reason": gateways.in_words(attempts[-1].reason) if attempts and attempts[-1].reason else "",
        "in_progress": bool(attempts) and not attempts[-1].is_final,
        "steps": steps,
        "next_at": coming[0].at if coming else None,
        "stops_at": invoice.overdue_since + after(days[-1]),
        "is_stopped": held.state == lifecycle.SUSPENDED,
    }
