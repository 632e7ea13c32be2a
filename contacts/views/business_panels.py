"""The right side of a company: what happened to it and to its contacts, their tasks and their notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from contacts.models import Business, Contact, Note, Task
from contacts.names import names_for
from core import scope
from core.errors import NotFound
from core.pages import allowed, is_partial, link
from journal import timeline
from journal.models import Entry

ACTIVE = 200  # contacts whose entries the activity gathers, the most recently active ones
MOST = 50


def find(pk: str) -> Business:
    """The company, if it is in use and the actor may see it.

    Raises:
        NotFound: otherwise.
    """
    business: Business | None = Business.objects.visible_to(scope.current().actor).filter(pk=pk).first()
    if business is None:
        raise NotFound("There is no such company.")
    return business


def everyone(business: Business) -> Any:
    """Its contacts that the actor may see, those in the trash as well."""
    return Contact.objects.visible_to(scope.current().actor).filter(business=business)


def contacts_of(business: Business) -> Any:
    return everyone(business).live()


def beside(request: HttpRequest, business: Business) -> dict[str, Any]:
    """What the page of a company shows in its panel. Panels of other apps fetch themselves: hoopai/navigation.py."""
    wanted = request.GET.get("panel", "")
    wanted = wanted if re.fullmatch("[a-z]{1,20}", wanted) else "activity"
    context: dict[str, Any] = {"panel": wanted}
    if wanted == "activity":
        context |= activity_of(business, request.GET.get("before", ""))
    elif wanted in ("tasks", "notes"):
        if scope.current().actor.may("contacts.readonly"):
            context |= tasks_of(business) if wanted == "tasks" else notes_of(business)
        else:
            context["panel"] = ""
    return context


@require_GET
@allowed("businesses.readonly")
def activity(request: HttpRequest, pk: str) -> HttpResponse:
    """The newest entries, or with `before` those earlier."""
    before = request.GET.get("before", "")
    if before and is_partial(request):
        business = find(pk)
        context = {"business": business, **activity_of(business, before)}
        return render(request, "contacts/businesses/activity-lines.html", context)
    return side(request, pk, "activity", lambda business: activity_of(business, before))


@require_GET
@allowed("contacts.readonly")
def tasks(request: HttpRequest, pk: str) -> HttpResponse:
    """Open tasks about its contacts, those due first on top."""
    return side(request, pk, "tasks", tasks_of)


@require_GET
@allowed("contacts.readonly")
def notes(request: HttpRequest, pk: str) -> HttpResponse:
    """Notes on its contacts, the latest first."""
    return side(request, pk, "notes", notes_of)


def side(request: HttpRequest, pk: str, name: str, context_of: Callable[[Business], dict[str, Any]]) -> HttpResponse:
    """A panel as a fragment; asked for as a page it leads to the company with that panel open."""
    business = find(pk)
    if not is_partial(request):
        query = request.GET.copy()
        query["panel"] = name
        return redirect(link("contacts:business", pk) + f"?{query.urlencode()}")
    return render(request, f"contacts/businesses/{name}.html", {"business": business, **context_of(business)})


def activity_of(business: Business, before: str) -> dict[str, Any]:
    """A page of entries about the company and its most recently active contacts. Two queries and those for names."""
    contacts = {row.pk: str(row) for row in contacts_of(business).order_by("-last_activity_at", "-pk")[:ACTIVE]}
    entries = Entry.objects.filter(Q(subject_id=business.pk) | Q(contact_id__in=list(contacts)))
    page = timeline.read(entries, before, limit=25, resolve=names_for)
    lines = [
        {
            "at": line.at,
            "icon": line.icon,
            "text": line.text,
            "detail": contacts.get(line.contact_id or "", ""),
            "url": link("contacts:show", line.contact_id) if line.contact_id in contacts else "",
        }
        for line in page
    ]
    return {"lines": lines, "earlier": page.next}


def tasks_of(business: Business) -> dict[str, Any]:
    rows = Task.objects.open().filter(contact__in=contacts_of(business).order_by())
    found = list(rows.select_related("contact", "assigned_to").order_by("due_at", "pk")[: MOST + 1])
    return {"tasks": found[:MOST], "most": MOST if len(found) > MOST else 0}


def notes_of(business: Business) -> dict[str, Any]:
    rows = Note.objects.filter(contact__in=contacts_of(business).order_by())
    found = list(rows.select_related("contact", "user").order_by("-date_added", "-pk")[: MOST + 1])
    return {"notes": found[:MOST], "most": MOST if len(found) > MOST else 0}
