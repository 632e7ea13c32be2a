"""Settings -> Billing -> Plans: compare, look at an offer, take it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.confirming import confirmed
from billing import paying, purchasing, trials
from billing import plans as catalogue
from billing.models import Plan
from billing.views.frame import context
from core import scope
from core.errors import NotFound, Refused
from core.pages import allowed, link

SHOWN = [
    ("contacts", "contacts"),
    ("users", "people"),
    ("locations", "locations"),
    ("emails_per_month", "e-mails a month"),
    ("workflows", "workflows"),
    ("pipelines", "pipelines"),
    ("custom_objects", "custom objects"),
    ("ai_credits_per_month", "AI credits a month"),
    ("audit_days", "days of audit log"),
]


@require_GET
@allowed("billing.readonly")
@confirmed
def choose(request: HttpRequest) -> HttpResponse:
    """The plans side by side, monthly or annual."""
    found = context(request, "settings:billing")
    held = found["subscription"]
    interval = "year" if request.GET.get("by", held.interval if held else "month") == "year" else "month"
    rows = [
        {
            "plan": plan,
            "price": plan.price_cents(interval),
            "facts": [(plan.limits.get(name), label) for name, label in SHOWN],
            "is_current": bool(
                held and held.plan.key == plan.key and (held.interval == interval or not held.is_billed)
            ),
        }
        for plan in catalogue.current()
    ]
    ways = [
        {"label": label, "url": f"?by={key}", "current": key == interval}
        for key, label in (("month", "Monthly"), ("year", "Annual, two months free"))
    ]
    return render(request, "billing/plans.html", {**found, "rows": rows, "interval": interval, "ways": ways})


@require_GET
@allowed("billing.write")
@confirmed
def offer(request: HttpRequest) -> HttpResponse:
    """What a change means: lines, tax, total, next bill, what stands in the way. Nothing happens yet."""
    plan = _plan(request.GET.get("plan", ""))
    interval = "year" if request.GET.get("by") == "year" else "month"
    found = context(request, "settings:billing")
    if found["subscription"] is None:
        raise Refused("This installation bills nothing, so there is no plan to choose.")
    quote = purchasing.quote(scope.company_id(), plan, interval)
    found |= {"quote": quote, "card": paying.default_method(), "interval": interval}
    return render(request, "billing/offer.html", found)


@require_POST
@allowed("billing.write")
@confirmed
def take(request: HttpRequest) -> HttpResponse:
    """Buy or schedule what was offered."""
    company = scope.company_id()
    if request.POST.get("trial"):
        trials.change_plan(company, _plan(request.POST["trial"]))
        messages.success(request, "Your trial goes on with the other plan. Its end has not moved.")
        return redirect(link("settings:billing"))
    try:
        bought = purchasing.confirm(company, request.POST.get("token", ""))
    except (purchasing.Declined, paying.PaymentInProgress) as problem:
        messages.error(request, problem.message)
        return redirect(link("settings:billing_plans"))
    if bought.state == "needs_action":
        return redirect(bought.url)
    done = {
        "done": "Paid. The plan holds from now on.",
        "scheduled": "The change is scheduled. Until then everything stays as it is.",
        "waiting": "The bank has not answered yet. The plan changes as soon as it does.",
    }
    messages.success(request, done[bought.state])
    return redirect(link("settings:billing"))


@require_POST
@allowed("billing.write")
@confirmed
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take a scheduled change back."""
    purchasing.withdraw(scope.company_id())
    messages.success(request, "The scheduled change is taken back.")
    return redirect(link("settings:billing"))


def _plan(key: str) -> Plan:
    found = next((plan for plan in catalogue.current() if plan.key == key), None)
    if found is None:
        raise NotFound("There is no such plan.")
    return found
