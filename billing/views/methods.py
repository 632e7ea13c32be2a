"""Settings -> Billing -> Payment methods. A card is typed on the gateway's page; here it is only named."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.confirming import confirmed
from billing import gateways, turning
from billing import methods as cards
from billing.models import PaymentMethod
from billing.views.frame import context
from core import scope
from core.errors import NotFound, Refused
from core.pages import allowed, link


@require_GET
@allowed("billing.readonly")
@confirmed
def index(request: HttpRequest) -> HttpResponse:
    """The company's cards, the default first."""
    rows = PaymentMethod.objects.filter(removed_at=None).order_by("-is_default", "-pk")[:50]
    return render(request, "billing/methods.html", context(request, "settings:billing_methods", rows=rows))


@require_POST
@allowed("billing.write")
@confirmed
def add(request: HttpRequest) -> HttpResponse:
    """Off to the gateway's page."""
    back = settings.BASE_URL + link("settings:billing_method_added")
    if settings.DEBUG or request.get_host() not in settings.BASE_URL:
        back = request.build_absolute_uri(link("settings:billing_method_added"))
    return redirect(gateways.current().setup_url(scope.company_id(), back))


@require_GET
@allowed("billing.write")
@confirmed
def added(request: HttpRequest) -> HttpResponse:
    """Back from the gateway: the card is saved, once, and what is unpaid is charged to it."""
    company = scope.company_id()
    visit = request.GET.get("setup", "")
    if not visit:  # the way back of somebody who thought better of it
        messages.info(request, "No card was added.")
        return redirect(link("settings:billing_methods"))
    card = gateways.current().card_of(company, visit)
    if card is None:
        raise NotFound("No card was added.")
    try:
        method = cards.add(company, card)
    except NotFound as problem:
        raise Refused("This installation bills nothing, so it needs no card.") from problem
    turning.turn(company)
    messages.success(request, f"{method} is saved and will be charged from now on.")
    if method.always_confirms:
        messages.warning(request, "The bank of this card wants every payment confirmed. Renewals will wait for you.")
    return redirect(link("settings:billing_methods"))


@require_POST
@allowed("billing.write")
@confirmed
def make_default(request: HttpRequest, pk: str) -> HttpResponse:
    """Charge this one from now on."""
    method = cards.make_default(scope.company_id(), pk)
    messages.success(request, f"{method} will be charged from now on.")
    return redirect(link("settings:billing_methods"))


@require_POST
@allowed("billing.write")
@confirmed
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Forget a card; the last good one of a running subscription stays."""
    cards.remove(scope.company_id(), pk)
    messages.success(request, "The card is removed.")
    return redirect(link("settings:billing_methods"))
