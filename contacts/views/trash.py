"""The trash: what was deleted in the last thirty days, restoring it, and deleting it for good."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts import bulk, trash
from contacts.filters import BadFilter, sorting
from contacts.identity import Duplicate
from contacts.models import Contact
from contacts.models.querysets import LONGEST_QUERY, ContactQuerySet
from contacts.models.trash import KEPT_FOR
from contacts.views.lists import sections
from contacts.views.tracking import people_words, started
from core import clock, ids, scope
from core.errors import Invalid, NotFound
from core.pages import allowed, is_partial, link

ON_A_PAGE = 50
MOST_AT_ONCE = 500


@require_GET
@allowed("contacts.readonly")
def show(request: HttpRequest) -> HttpResponse:
    """Deleted contacts, latest first."""
    actor = scope.current().actor
    text = request.GET.get("q", "").replace("\x00", "").strip()
    problem = f"A search has at most {LONGEST_QUERY} characters." if len(text) > LONGEST_QUERY else ""
    found = Contact.objects.trashed().visible_to(actor)
    found = found.none() if problem else found.search(text) if text else found
    found, after = _after(found, request.GET.get("after", ""))
    reads = ("id", "first_name", "last_name", "email", "phone", "deleted_at", "deleted_by")
    rows = list(found.order_by("-deleted_at", "-pk").only(*reads)[: ON_A_PAGE + 1])
    more = len(rows) > ON_A_PAGE
    rows = rows[:ON_A_PAGE]
    last = sorting.pack([rows[-1].deleted_at.isoformat(), rows[-1].pk]) if more else ""
    context = {
        "rows": [{"contact": row, "days": days_left(row)} for row in rows],
        "q": text,
        "problem": problem,
        "may_restore": actor.may("contacts.delete"),
        "may_purge": actor.may("contacts.purge"),
        "next_url": "?" + urlencode({"q": text, "after": last}) if last else "",
        "first_url": "?" + urlencode({"q": text}) if after else "",
        "sections": sections("contacts:trash"),
    }
    target = request.headers.get("HX-Target", "")
    return render(
        request,
        "contacts/trash/rows.html" if is_partial(request) and target == "results" else "contacts/trash/page.html",
        context,
    )


def _after(found: ContactQuerySet, packed: str) -> tuple[ContactQuerySet, bool]:
    """What comes after a row by the moment it was deleted, then by id."""
    if not packed:
        return found, False
    try:
        at, pk = sorting.unpack(packed)
        moment = dt.datetime.fromisoformat(str(at))
    except (BadFilter, ValueError):
        return found, False
    return found.filter(deleted_at__lte=moment).exclude(deleted_at=moment, pk__gte=str(pk)[:20]), True


def days_left(contact: Contact) -> int:
    """Whole days until it is deleted for good; 0 on the last one."""
    return max(0, (contact.deleted_at + KEPT_FOR - clock.now()).days)


def chosen(given: QueryDict) -> ContactQuerySet:
    """The trashed contacts ticked that the actor may see.

    Raises:
        Invalid: none, or more than 500.
    """
    wanted = [pk for part in given.getlist("ids") for pk in part.split(",") if ids.is_id(pk)]
    if not wanted:
        raise Invalid({"": "Choose at least one contact."})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid({"": f"Choose at most {MOST_AT_ONCE} at once."})
    return Contact.objects.trashed().visible_to(scope.current().actor).filter(pk__in=wanted).order_by("pk")


@require_POST
@allowed("contacts.delete")
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Take one contact out of the trash; its notes and tasks come with it."""
    contact = Contact.objects.trashed().visible_to(scope.current().actor).filter(pk=pk).first()
    if contact is None:
        raise NotFound("This contact is not in the trash, or you may not see it.")
    try:
        trash.restore(contact)
    except Duplicate as error:
        return refused(request, error)
    if not is_partial(request):
        messages.success(request, f"{contact} restored")
        return redirect(link("contacts:show", contact.pk))
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps(
        {"toast": {"text": f"{contact} restored", "level": "ok"}, "contacts:changed": ""}
    )
    return response


def refused(request: HttpRequest, error: Duplicate) -> HttpResponse:
    """Somebody else has the e-mail or phone: say who, where the actor may know."""
    actor = scope.current().actor
    may_see = Contact.objects.visible_to(actor).filter(pk=error.contact.pk).exists()
    field = "e-mail" if error.field == "email" else "phone number"
    context: dict[str, Any] = {
        "title": "This contact cannot come back as it is",
        "other": error.contact if may_see else None,
        "field": field,
    }
    if is_partial(request):
        response = render(request, "contacts/trash/refused.html", context)
        response["HX-Retarget"] = "#dialog"
        response["HX-Reswap"] = "innerHTML"
        return response
    whose = f"{error.contact} has" if may_see else "Somebody else's contact has"
    messages.error(request, f"{whose} the same {field}. Change one of the two first.")
    return redirect(link("contacts:trash"))


@require_POST
@allowed("contacts.delete")
def restore_chosen(request: HttpRequest) -> HttpResponse:
    """Restore those ticked, in the background."""
    found = chosen(request.POST)
    return started(request, bulk.start("restore", found, name=f"Restore {people_words(found.count())}"))


@require_POST
@allowed("contacts.purge")
def ask_purge(request: HttpRequest) -> HttpResponse:
    """The dialog before deleting for good."""
    found = chosen(request.POST)
    words = people_words(found.count())
    return render(
        request,
        "contacts/trash/purge.html",
        {
            "title": f"Delete {words} for good?",
            "text": "Names, addresses, notes and tasks are erased. Nobody can bring them back.",
            "submit": f"Delete {words}",
            "kind": "danger",
            "action": link("contacts:trash_purge"),
            "confirm_word": "DELETE",
            "ids": ",".join(found.values_list("pk", flat=True)),
        },
    )


@require_POST
@allowed("contacts.purge")
def purge(request: HttpRequest) -> HttpResponse:
    """Delete those ticked for good."""
    if request.POST.get("confirm", "").strip() != "DELETE":
        raise Invalid({"confirm": "Type DELETE to confirm."})
    count = trash.purge(chosen(request.POST))
    if not is_partial(request):
        messages.success(request, f"{people_words(count)} deleted for good")
        return redirect(link("contacts:trash"))
    response = HttpResponse("")
    text = f"{people_words(count)} deleted for good"
    response["HX-Trigger"] = json.dumps(
        {"dialog:close": "", "toast": {"text": text, "level": "ok"}, "contacts:changed": ""}
    )
    return response
