"""Settings -> Billing: the plan, what it costs next, what is used of it, the latest invoices."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.confirming import confirmed
from billing import add_ons, adding, agenda, lifecycle, paying, usage
from billing.models import Invoice, Subscription
from billing.views.frame import context
from core import scope
from core.pages import allowed


@require_GET
@allowed("billing.readonly")
@confirmed
def show(request: HttpRequest) -> HttpResponse:
    found = context(request, "settings:billing")
    held = found["subscription"]
    invoices = list(Invoice.objects.exclude(state="draft").order_by("-pk")[:4])
    found |= {
        "overdue": None,  # the page says it itself, at greater length
        "lines": usage.of(scope.company_id()),
        "card": paying.default_method(),
        "invoices": invoices[:3],
        "more_invoices": len(invoices) > 3,
        "coming": [item for item in agenda.of(held) if item.do != "resolve"][:6] if held else [],
        "next_cents": _next(held) if held else 0,
        "shelf": adding.shelf(held) if held and held.is_billed and held.state in lifecycle.PAYING else [],
        "may_add": bool(found["may_write"] and held and held.state == lifecycle.ACTIVE),
    }
    return render(request, "billing/summary.html", found)


def _next(held: Subscription) -> int:
    """The next bill as far as it is known today, without tax: the plan and the add-ons that go on."""
    plan, interval = held.next_plan or held.plan, held.next_interval or held.interval
    return plan.price_cents(interval) + add_ons.cost(add_ons.coming(held, held.next_plan), plan, interval)
