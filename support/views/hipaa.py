"""Settings, Security, HIPAA: what the mode needs, switching it on, and who is not ready for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import gate, hipaa
from accounts.confirming import confirmed
from accounts.models import Company
from accounts.second_factor import policy
from accounts.views.company_security import covered
from core import scope
from core.errors import Forbidden, Invalid, NotFound, Problem
from core.pages import allowed, link
from support import files
from support import hipaa as process
from support.models import Agreement, Ticket


@require_GET
@allowed("settings.write")
def show(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@allowed("settings.write")
@confirmed
def switch_on(request: HttpRequest) -> HttpResponse:
    """Switch the mode on; whoever does it without a second step of their own sets one up next."""
    typed = request.POST.get("confirm", "")
    try:
        process.switch_on(request.user, typed, keep=request.session.session_key or "")
    except Invalid as error:
        return _page(request, typed=typed, wrong=error.errors.get("confirm", error.message))
    except Forbidden:
        raise
    except Problem as problem:
        return _page(request, problem=problem.message)
    request.session["kind"] = hipaa.SESSIONS
    due = None if policy.has(request.user) else policy.due(request.user)
    messages.success(request, "HIPAA mode is on for the whole account.")
    if due is not None:
        gate.owe(request, due)
        return redirect(reverse("accounts:set_up"))
    return redirect(link("settings:hipaa"))


@require_GET
@allowed("settings.write")
def agreement(request: HttpRequest) -> HttpResponseBase:
    """The countersigned agreement."""
    held = Agreement.objects.order_by("-signed_on", "-pk").first()
    if held is None:
        raise NotFound("There is no agreement on file.")
    return files.download(held)


@require_POST
@allowed("settings.write")
@confirmed
def provider(request: HttpRequest) -> HttpResponse:
    """Acknowledge that data goes to a provider, or stop it."""
    is_wanted = request.POST.get("stop") != "1"
    name = request.POST.get("name", "")[:253]
    try:
        process.acknowledge(request.user, name, is_wanted)
    except Forbidden:
        raise
    except Problem as problem:
        return _page(request, problem=problem.message)
    messages.success(request, f"Data may go to {name}." if is_wanted else f"No more data goes to {name}.")
    return redirect(link("settings:hipaa"))


def _page(request: HttpRequest, *, problem: str = "", typed: str = "", wrong: str = "") -> HttpResponse:
    company = Company.objects.get(pk=scope.company_id())
    hipaa.know(company)
    ready = process.readiness()
    asked = Ticket.objects.seen_by(request.user).filter(pk=ready.ticket.pk) if ready.ticket else Ticket.objects.none()
    context: dict[str, Any] = {
        "company": company,
        "is_on": hipaa.is_on(),
        "ready": ready,
        "may_open_ticket": asked.exists(),
        "may_decide": policy.may_decide(request.user, company),
        "providers": [(name, name in company.hipaa_providers) for name in settings.HIPAA_PROVIDERS],
        "problem": problem,
        "typed": typed,
        "wrong": wrong,
        **covered(company),
    }
    return render(request, "support/hipaa.html", context, status=422 if problem or wrong else 200)
