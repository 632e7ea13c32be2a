"""Settings -> Billing -> Plan and usage -> Add-ons: say how many, look at what it means, take it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.confirming import confirmed
from billing import adding, paying
from billing.views.frame import context
from core import scope
from core.errors import Invalid, Refused
from core.pages import allowed, link

DONE = {
    "done": "Paid. It holds from now on.",
    "scheduled": "Noted. Nothing changes before the period ends.",
    "waiting": "The bank has not answered yet. The add-on is yours as soon as it does.",
}


@require_GET
@allowed("billing.write")
@confirmed
def offer(request: HttpRequest) -> HttpResponse:
    """What so many of an add-on mean: what is due now, the next bill, what stands in the way. Nothing happens yet."""
    found = context(request, "settings:billing")
    if found["subscription"] is None:
        raise Refused("This installation bills nothing, so there is nothing to add.")
    wanted = request.GET.get("quantity", "").strip()
    try:
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else -1
        quote = adding.quote(scope.company_id(), request.GET.get("add_on", ""), number)
    except (Invalid, Refused) as problem:
        messages.error(request, problem.message)
        return redirect(link("settings:billing"))
    found |= {"quote": quote, "card": paying.default_method()}
    return render(request, "billing/add-on-offer.html", found)


@require_POST
@allowed("billing.write")
@confirmed
def take(request: HttpRequest) -> HttpResponse:
    """Buy, give up or keep what was offered."""
    try:
        bought = adding.confirm(scope.company_id(), request.POST.get("token", ""))
    except Refused as problem:
        messages.error(request, problem.message)
        return redirect(link("settings:billing"))
    if bought.state == "needs_action":
        return redirect(bought.url)
    messages.success(request, DONE[bought.state])
    return redirect(link("settings:billing"))
