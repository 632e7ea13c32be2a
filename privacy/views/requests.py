"""Settings, Privacy requests: the register, a new request, and its steps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import show_errors
from core import scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed, link
from privacy.forms import RequestForm
from privacy.models import PrivacyRequest
from privacy.models.privacy_request import ENDED, EXTENSION_DAYS

PAGE = 50


@require_GET
@allowed("privacy.write")
def index(request: HttpRequest) -> HttpResponse:
    """The register: what is open, the soonest due first, then what has ended, a page at a time."""
    rows = PrivacyRequest.objects.select_related("handler")
    before = request.GET.get("before", "")
    ended = rows.filter(state__in=ENDED).order_by("-pk")
    found = list((ended.filter(pk__lt=before) if before else ended)[: PAGE + 1])
    context = {
        "open": [] if before else rows.exclude(state__in=ENDED).order_by("due_at", "pk")[:500],
        "ended": found[:PAGE],
        "older": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "is_first": not before,
    }
    return render(request, "privacy/requests.html", context)


@allowed("privacy.write")
def create(request: HttpRequest) -> HttpResponse:
    """Enter a request that somebody made."""
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = PrivacyRequest.receive(**form.values())
        except Invalid as error:
            show_errors(form, error)
        else:
            return HttpResponseRedirect(link("settings:privacy_request", row.pk))
    return render(request, "privacy/request_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@allowed("privacy.write")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    return _page(request, _found(pk))


@require_POST
@allowed("privacy.write")
def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Go on to the state that the pressed button names."""
    row = _found(pk)
    given = request.POST
    try:
        row.move_to(given.get("state", ""), proof=given.get("proof", "")[:500], reason=given.get("reason", "")[:500])
    except Problem as problem:
        return _page(request, _found(pk), problem)
    messages.success(request, f"The request is now: {row.get_state_display().lower()}.")
    return HttpResponseRedirect(link("settings:privacy_request", row.pk))


@require_POST
@allowed("privacy.write")
def extend(request: HttpRequest, pk: str) -> HttpResponse:
    """Take sixty days more, once and with a reason."""
    row = _found(pk)
    try:
        row.extend(request.POST.get("reason", "")[:500], bool(request.POST.get("is_told")))
    except Problem as problem:
        return _page(request, _found(pk), problem)
    messages.success(request, f"The request is due {EXTENSION_DAYS} days later.")
    return HttpResponseRedirect(link("settings:privacy_request", row.pk))


def _found(pk: str) -> PrivacyRequest:
    """A request of the location in scope.

    Raises:
        NotFound: there is none of that id.
    """
    row: PrivacyRequest | None = PrivacyRequest.objects.select_related("handler", "contact").filter(pk=pk).first()
    if row is None:
        raise NotFound("This request does not exist.")
    return row


def _page(request: HttpRequest, row: PrivacyRequest, problem: Problem | None = None) -> HttpResponse:
    context: dict[str, Any] = {"row": row, "days": EXTENSION_DAYS, "problem": problem.message if problem else ""}
    seen = row.contact is not None and not row.contact.is_trashed
    context["contact_url"] = (
        link("contacts:show", row.contact_id) if seen and scope.current().actor.sees_everything else ""
    )
    if (
        seen
        and row.kind in ("access", "portability")
        and not row.has_ended
        and scope.current().actor.may("exports.write")
    ):
        context["export_url"] = link("settings:person_export", row.contact_id)
    if seen and row.kind == "erasure" and row.state in ("verified", "in_progress") and scope.current().actor.is_admin:
        context["erase_url"] = f"{link('settings:person_erase', row.contact_id)}?request={row.pk}"
    return render(request, "privacy/request.html", context, status=422 if problem else 200)
