"""What the pages of a record share: finding the contact, and answering a script with a fragment and a browser with a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Team, User
from contacts.merging.former import FOLDED_IN
from contacts.models import Contact, Note, ScoreProfile, Task
from core import scope
from core.errors import NotFound
from core.pages import is_partial, link
from core.prepared import Prepared

MOST_PEOPLE = 200
GONE = "This contact does not exist, or you may not see it."


def _beside(rows: Any) -> Any:
    return rows.filter(merged_into="").select_related("business", "assigned_to", "team")


def _counted(rows: Any) -> Any:
    def count(found: Any) -> Coalesce:
        number = found.filter(contact=OuterRef("pk")).order_by().values("contact").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(number, output_field=IntegerField()), 0)

    counts_too = _beside(rows).annotate(tasks_open=count(Task.objects.open()), notes_all=count(Note.objects.all()))
    return counts_too.annotate(
        folded_in=FOLDED_IN, is_scored=Exists(ScoreProfile.objects.filter(is_published=True).order_by())
    )


ANY = Prepared(lambda pk: _beside(Contact.objects.filter(pk=pk)))
ANY_COUNTED = Prepared(lambda pk: _counted(Contact.objects.filter(pk=pk)))


def shown(pk: str) -> Contact:
    """The contact, in the trash or not, if the actor may see it.

    Raises:
        NotFound: otherwise; whether it exists is not told.
    """
    actor = scope.current().actor
    visible = Contact.objects.visible_to(actor)
    found: Contact | None = ANY.first(pk) if actor.sees_everything else _beside(visible).filter(pk=pk).first()
    if found is None:
        raise NotFound(GONE)
    return found


def counted(pk: str) -> Contact:
    """The same with `tasks_open` and `notes_all`, how many there are of each, and `folded_in`, what was
    merged into it, and `is_scored`, whether anything counts here. One query."""
    actor = scope.current().actor
    visible = Contact.objects.visible_to(actor)
    found: Contact | None = ANY_COUNTED.first(pk) if actor.sees_everything else _counted(visible).filter(pk=pk).first()
    if found is None:
        raise NotFound(GONE)
    return found


def editable(pk: str) -> Contact:
    """The contact, if the actor may see it and it is not in the trash; else raises NotFound."""
    found = shown(pk)
    if found.is_trashed:
        raise NotFound("This contact is in the trash. Restore it first.")
    return found


PEOPLE = Prepared(lambda place: User.objects.working_at(place).order_by("first_name", "last_name", "pk")[:MOST_PEOPLE])
TEAMS = Prepared(lambda: Team.objects.order_by("name", "pk")[:MOST_PEOPLE])


def people() -> list[User]:
    """Who works at the location, by name, at most 200. One query."""
    return PEOPLE.objects(scope.location_id())


def teams() -> list[Team]:
    """The teams of the location by name, at most 200. One query."""
    return TEAMS.objects()


def counts(contact: Contact) -> dict[str, int]:
    """Open tasks and notes of a contact. Two queries."""
    return {
        "tasks": Task.objects.filter(contact=contact).open().count(),
        "notes": Note.objects.filter(contact=contact).count(),
    }


def telling(response: HttpResponse, *events: str, toast: str = "", **details: Any) -> HttpResponse:
    """Let the page know what happened: names of events, a toast, and events with details."""
    told: dict[str, Any] = dict.fromkeys(events, "") | details
    if toast:
        told["toast"] = {"text": toast, "level": "ok"}
    response["HX-Trigger"] = json.dumps(told)
    return response


def answer(
    request: HttpRequest,
    contact: Contact,
    template: str,
    context: dict[str, Any],
    *events: str,
    done: str = "",
    panel: str = "",
    status: int = 200,
    **details: Any,
) -> HttpResponse:
    """A fragment for a script; for a plain form the record again, `done` being said there."""
    if is_partial(request):
        return telling(render(request, template, context, status=status), *events, **details)
    if done:
        messages.success(request, done)
    return redirect(link("contacts:show", contact.pk) + (f"?panel={panel}" if panel else ""))


def side(
    request: HttpRequest, pk: str, name: str, context_of: Callable[[HttpRequest, Contact], dict[str, Any]]
) -> HttpResponse:
    """A panel of the record, `notes` or `tasks`, as a fragment that is remembered as the last one used; asked for as a
    page it leads to the record with that panel open."""
    contact = shown(pk)
    if not is_partial(request):
        query = request.GET.copy()
        query["panel"] = name
        return redirect(link("contacts:show", pk) + f"?{query.urlencode()}")
    response = render(request, f"contacts/record/{name}.html", context_of(request, contact))
    response.set_cookie("panel", name, max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response
