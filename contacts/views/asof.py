"""A contact as it was at any moment, beside how it is now, and bringing one field back."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from contacts import asof
from contacts.contact_form import say
from contacts.names import names_for
from contacts.views.finding import editable, shown, telling
from core import clock, ids, scope
from core.errors import Forbidden, Invalid, Problem
from core.pages import allowed, is_partial, link
from journal import timeline
from objects.models import CustomField


@require_GET
@allowed("audit.readonly")
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Every field then and now. `entry` is a moment of the journal, `at` a local date and time; else the last change."""
    contact = shown(pk)
    problem, then = "", None
    try:
        moment = moment_of(request)
    except Invalid as error:
        moment, problem = "", error.message
    if not moment:
        _, moment, _ = asof.beside(contact, ids.new_id())  # what the last change changed
        moment = moment or asof.moment_at(clock.now())
    last, older, newer = asof.beside(contact, moment)
    try:
        then = asof.as_of(contact, moment)
    except Problem as error:
        problem = error.message
    fields = list(CustomField.objects.filter(model="contact").select_related("folder").order_by("position", "pk"))
    found = asof.pairs(then, contact, fields, scope.current().actor) if then else []
    context = {
        "contact": contact,
        "moment": moment,
        "when": asof.time_of(moment),
        "typed": request.GET.get("at", ""),
        "last": timeline.lines_of([last], names_for)[0] if last else None,
        "older_url": address(pk, older),
        "newer_url": address(pk, newer),
        "different": [pair for pair in found if pair.is_different],
        "same": [pair for pair in found if not pair.is_different and pair.now],
        "existed": then is not None,
        "problem": problem,
    }
    return render(request, "contacts/record/asof.html", context, status=422 if problem else 200)


@require_POST
@allowed("contacts.write")
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Give one field the value it had. The toast takes it back; that comes here again with the moment before."""
    if not scope.current().actor.may("audit.readonly"):
        raise Forbidden("You do not have the permission to read the audit log.")
    contact = editable(pk)
    given = request.POST if "field" in request.POST else request.GET
    name, moment = given.get("field", ""), given.get("entry", "")
    back = redirect(address(pk, moment) if asof.is_moment(moment) else link("contacts:as_of", pk))
    try:
        if not asof.is_moment(moment):
            raise Invalid({"entry": "That is no moment."})
        undo = asof.restore(contact, name, moment)
    except Problem as error:
        text = say(error.message)
        if is_partial(request):
            return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
        messages.error(request, text)
        return back
    undo_url = link("contacts:as_of_restore", pk) + "?" + urlencode({"field": name, "entry": undo})
    if is_partial(request):
        response = telling(HttpResponse(status=204), "record:changed", "fields:changed", "who:changed")
        if "field" in request.GET:
            response["HX-Refresh"] = "true"
        return response
    messages.success(request, "Brought back.", extra_tags=f"undo:{undo_url}")
    return back


def moment_of(request: HttpRequest) -> str:
    """The moment an address names, or "".

    Raises:
        Invalid: what was typed is no date and time.
    """
    entry, typed = request.GET.get("entry", ""), request.GET.get("at", "")
    if typed:
        try:
            when = parse_datetime(typed)
        except ValueError:
            when = None
        if when is None or not 2000 <= when.year <= 2200:
            raise Invalid({"at": "Write the moment as a date and a time, such as 2026-05-31 09:00."})
        local = timezone.make_aware(when) if timezone.is_naive(when) else when
        return asof.moment_at(local + dt.timedelta(seconds=59, milliseconds=999) if when.second == 0 else local)
    if entry and not asof.is_moment(entry):
        raise Invalid({"entry": "That is no moment of the journal."})
    return entry


def address(contact_id: str, moment: str) -> str:
    return f"{link('contacts:as_of', contact_id)}?entry={moment}" if moment else ""
