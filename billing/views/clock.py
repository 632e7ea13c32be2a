"""The company's clock, for operators of a sandbox installation: move it forward, and read what happened."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Company
from billing import agenda, clocks, story
from billing.dates import in_words
from billing.views.frame import context
from core import clock, scope
from core.dates import parse_moment
from core.errors import Invalid
from core.pages import allowed, link

LEAPS = {"day": dt.timedelta(days=1), "week": dt.timedelta(days=7), "month": dt.timedelta(days=30)}


@allowed("billing.readonly")
def move(request: HttpRequest) -> HttpResponse:
    """Only for operators, and only where no real card is charged; others find no page here."""
    if not (settings.SANDBOX and getattr(request.user, "is_staff", False)):
        raise Http404
    company = Company.objects.get(pk=scope.company_id())
    found = context(request, "settings:billing")
    held = found["subscription"]
    coming = agenda.of(held) if held else []
    if request.method == "POST":
        done = clocks.move(company, _target(request.POST.get("to", ""), coming))
        messages.success(request, f"It is {in_words(clock.now())} for this company. {len(done)} things happened.")
        return redirect(link("settings:billing_clock"))
    found |= {"coming": coming[:12], "moments": story.of(company.pk)[::-1][:200], "company": company}
    return render(request, "billing/clock.html", found)


def _target(text: str, coming: list[agenda.Item]) -> dt.datetime:
    if text in LEAPS:
        return clock.now() + LEAPS[text]
    if text == "next":
        if not coming:
            raise Invalid({"to": "Nothing is to come."})
        return max(coming[0].at, clock.now())
    try:
        return parse_moment(text)
    except ValueError as error:
        raise Invalid({"to": f"This is {error}."}) from error
