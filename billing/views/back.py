"""Where the bank's page sends a person back to: on to the invoice, in a location of theirs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import Location, User
from billing import resolving
from billing.models import Attempt
from core.pages import public


@public
@login_required
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask the gateway how the payment went, then show the invoice. Another company's attempt is not found."""
    user = request.user
    assert isinstance(user, User)
    rows = Attempt.objects.everywhere(reason="the address names the attempt").filter(pk=pk, company_id=user.company_id)
    attempt = rows.select_related("invoice", "method").first()
    places = Location.objects.everywhere(reason="a location of the company").filter(
        company_id=user.company_id, is_active=True
    )
    if not user.agency_role:
        places = places.filter(memberships__user=user, memberships__disabled_at=None)
    place = places.order_by("pk").first()
    if attempt is None or place is None:
        raise Http404
    if not attempt.is_final:
        resolving.resolve(attempt)
    return redirect(reverse("settings:billing_invoice", args=[place.pk, attempt.invoice_id]))
