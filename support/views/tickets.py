"""Settings, Support: the tickets, a new one, its thread. Open to everybody, also while the account is read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import show_errors
from accounts.models import User
from contacts.views.documents import limits, refuse_weight
from core import scope
from core.errors import Invalid, NotFound, Problem, Refused
from core.pages import allowed, link
from support import files, targets, tickets
from support.forms import FORMS, ReplyForm
from support.models import Attachment, Ticket
from support.models.ticket import ENDED

PAGE = 50


@require_GET
@allowed("anyone")
def index(request: HttpRequest) -> HttpResponse:
    """The tickets that the person may see, newest first, and what support promises."""
    rows = Ticket.objects.seen_by(request.user).select_related("location").order_by("-pk")
    before = request.GET.get("before", "")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "older": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "promise": targets.of(scope.company_id()),
    }
    return render(request, "support/tickets.html", context)


@require_http_methods(["GET", "POST"])
@allowed("anyone")
def create(request: HttpRequest) -> HttpResponse:
    """Open a ticket; `kind` names a form of its own."""
    kind = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    form = FORMS.get(kind, FORMS[""])(request.POST or None)
    if request.method == "POST":
        try:
            refuse_weight(request)
            if form.is_valid():
                ticket = tickets.open_ticket(person_of(request), files=request.FILES.getlist("file"), **form.values())
                messages.success(request, f"Support has your ticket and replies within {ticket.target_hours} hours.")
                return HttpResponseRedirect(link("settings:ticket", ticket.pk))
        except Problem as problem:
            refuse(form, problem)
    context = {"form": form, "hours": targets.of(scope.company_id()).hours, **limits()}
    return render(request, "support/ticket_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("anyone")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """A ticket with its thread; posting adds a reply."""
    ticket = found(request, pk)
    form = ReplyForm(request.POST or None)
    if request.method == "POST":
        try:
            refuse_weight(request)
            if form.is_valid():
                tickets.reply(ticket, person_of(request), form.cleaned_data["body"], request.FILES.getlist("file"))
                messages.success(request, "Your reply is with support.")
                return HttpResponseRedirect(link("settings:ticket", pk))
        except Problem as problem:
            refuse(form, problem)
    context: dict[str, Any] = {
        "ticket": ticket,
        "thread": tickets.thread(ticket),
        "form": form,
        "has_ended": ticket.state in ENDED,
        **limits(),
    }
    return render(request, "support/ticket.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("anyone")
def solve(request: HttpRequest, pk: str) -> HttpResponse:
    """Nothing more is to be done."""
    found(request, pk).solve()
    messages.success(request, "The ticket is solved. A reply within 14 days opens it again.")
    return HttpResponseRedirect(link("settings:ticket", pk))


@require_POST
@allowed("anyone")
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Support may no longer look into the account."""
    found(request, pk).withdraw_access()
    messages.success(request, "Support may no longer look into your account.")
    return HttpResponseRedirect(link("settings:ticket", pk))


@require_GET
@allowed("anyone")
def file(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A file of a ticket that the person may see."""
    return files.download(attachment(request, pk))


def found(request: HttpRequest, pk: str) -> Ticket:
    """A ticket that the person may see.

    Raises:
        NotFound: there is none of that id.
    """
    row: Ticket | None = (
        Ticket.objects.seen_by(request.user).select_related("location", "requester").filter(pk=pk).first()
    )
    if row is None:
        raise NotFound("This ticket does not exist.")
    return row


def attachment(request: HttpRequest, pk: str) -> Attachment:
    """A file of a ticket that the person may see.

    Raises:
        NotFound: there is none of that id.
    """
    seen = Ticket.objects.seen_by(request.user)
    held: Attachment | None = Attachment.objects.filter(pk=pk, reply__ticket__in=seen).first()
    if held is None:
        raise NotFound("This file does not exist.")
    return held


def person_of(request: HttpRequest) -> User:
    """The person signed in; `allowed` lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def refuse(form: Any, problem: Problem) -> None:
    """Show on the form what a verb refused; what is wrong with files stands on top.

    Raises:
        Problem: it is about something else.
    """
    form.is_valid()
    if isinstance(problem, Invalid):
        show_errors(form, problem)
    elif isinstance(problem, Refused):
        form.add_error(None, problem.message)
    else:
        raise problem
