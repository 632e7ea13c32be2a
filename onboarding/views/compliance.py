"""Settings, Compliance: the data processing agreement, who accepted it, sub-processors, signed copies."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from core import clock
from core.pages import allowed, public
from onboarding import documents, subprocessors
from onboarding.models import Acceptance
from support.models import Attachment, Ticket

MOST_SHOWN = 50


@require_GET
@allowed("privacy.write")
def compliance(request: HttpRequest) -> HttpResponse:
    """What holds today, what changes, and the copies that support signed."""
    every = list(reversed(subprocessors.changes()))
    tickets = Ticket.objects.seen_by(request.user).filter(category="dpa")
    copies = Attachment.objects.filter(reply__is_support=True, reply__ticket__in=tickets).select_related("reply")
    context = {
        "version": documents.versions()["dpa"],
        "dpa_url": documents.addresses()["dpa"],
        "accepted": Acceptance.objects.filter(document="dpa").select_related("user").order_by("-pk")[:MOST_SHOWN],
        "current": subprocessors.current(),
        "changes": every[:MOST_SHOWN],
        "today": clock.today(),
        "copies": copies.order_by("-pk")[:MOST_SHOWN],
        "asked": tickets.exclude(state__in=["solved", "closed"]).order_by("-pk").first(),
    }
    return render(request, "onboarding/compliance.html", context)


@public
@require_safe
def dpa(request: HttpRequest) -> HttpResponse:
    """The text of the agreement."""
    context = {"version": documents.VERSIONS["dpa"], "current": subprocessors.current()}
    return render(request, "onboarding/dpa.html", context)
