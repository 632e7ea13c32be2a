"""The notice page: all that the people of an account on hold can open."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import current
from accounts.models import Location, User
from accounts.models.membership import actor_at
from contacts.views.documents import limits, refuse_weight
from core import scope
from core.errors import Invalid, NotFound, Problem
from core.pages import allowed
from support import files, holds, tickets
from support.forms import HoldForm, ReplyForm
from support.models import Hold, Ticket
from support.models.ticket import ENDED
from support.views.tickets import attachment, found, person_of, refuse

MOST_SHOWN = 10  # tickets
MOST_PLACES = 200


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@allowed("anyone")
def notice(request: HttpRequest) -> HttpResponse:
    """Why the account is on hold and what stopped; posting asks support."""
    hold = _hold()
    if hold is None:
        return redirect("home")
    form = HoldForm(request.POST or None)
    if request.method == "POST":
        try:
            refuse_weight(request)
            if form.is_valid():
                tickets.open_ticket(
                    person_of(request),
                    subject="The account is on hold",
                    category="account",
                    body=form.cleaned_data["body"],
                    severity="high",
                    files=request.FILES.getlist("file"),
                )
                messages.success(request, "Support has your message. A mail tells you when there is a reply.")
                return HttpResponseRedirect(reverse("on_hold"))
        except Problem as problem:
            refuse(form, problem)
    return _page(request, hold, form)


@login_required
@require_POST
@allowed("anyone")
def reply(request: HttpRequest, pk: str) -> HttpResponse:
    """Add to one of the tickets on the notice page."""
    hold = _hold()
    if hold is None:
        raise NotFound("This account is not on hold.")
    ticket = found(request, pk)
    form = ReplyForm(request.POST)
    try:
        refuse_weight(request)
        if not form.is_valid():
            raise Invalid({"body": "Say what it is about."})
        tickets.reply(ticket, person_of(request), form.cleaned_data["body"], request.FILES.getlist("file"))
        messages.success(request, "Your reply is with support.")
    except Problem as problem:
        messages.error(request, problem.message)
    return HttpResponseRedirect(reverse("on_hold"))


@login_required
@require_GET
@allowed("anyone")
def file(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A file of a ticket on the notice page."""
    if _hold() is None:
        raise NotFound("This account is not on hold.")
    return files.download(attachment(request, pk))


def _hold() -> Hold | None:
    company_id = scope.current().company_id
    return holds.of(company_id) if company_id else None


def _page(request: HttpRequest, hold: Hold, form: HoldForm) -> HttpResponse:
    person = person_of(request)
    recent = Q(date_added__gte=hold.date_added) | ~Q(state__in=ENDED)
    rows = list(Ticket.objects.filter(recent, requester=person).order_by("-pk")[:MOST_SHOWN])
    context = {
        "hold": hold,
        "form": form,
        "threads": [(row, tickets.thread(row)) for row in rows],
        "export_url": _export_url(person) if hold.may_export else "",
        **limits(),
    }
    return render(request, "support/hold.html", context, status=422 if form.errors else 200)


def _export_url(person: User) -> str:
    """Where the person exports data, once support allowed it: at the first location where they may."""
    places = Location.objects.everywhere(reason="the person's own company").filter(
        company_id=person.company_id, is_active=True
    )
    for place in places.order_by("pk")[:MOST_PLACES]:
        with current.at(place):
            actor = actor_at(person, place)
        if actor is not None and actor.may("exports.write"):
            return reverse("settings:data_export", args=[place.pk])
    return ""
