"""Why somebody is in a list, or is not: for the row of a list, for a record, and for anybody one looks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.explaining import Explanation, explain
from contacts.filters import BadFilter
from contacts.models import Contact, SmartList
from contacts.models.smart_list import BUILT_IN, built_in
from contacts.views.finding import shown
from contacts.views.lists import MOST_TABS, query_of
from contacts.views.look import Look, look_from
from contacts.walking import ListContext
from core import clock, scope
from core.pages import allowed, is_partial, link

MOST_FOUND = 20


@require_GET
@allowed("contacts.readonly")
def why(request: HttpRequest, pk: str) -> HttpResponse:
    """Whether a contact is in the list that the address names, clause by clause; without a list, which one to ask about."""
    contact = shown(pk)
    look = look_from(request)
    lists = SmartList.objects.visible_to(scope.current().actor)[:MOST_TABS]
    context: dict[str, Any] = {
        "contact": contact,
        "who": str(contact),
        "lists": [
            {"id": row.pk, "name": row.name, "current": look.context.list_id == row.pk}
            for row in [*(built_in(key) for key in BUILT_IN), *lists]
            if row is not None
        ],
        "list_name": name_of(look),
        "look_query": query_of(look),
        "list_url": look.url(),
        "why_url": link("contacts:why", pk),
        "found": None,
        "problem": look.context.problem,
        "now": clock.now(),
    }
    if not look.context.problem and asks_about_a_list(look.context):
        try:
            context["found"] = found = verdict(look.context, contact)
            context["sentence"] = sentence(found, context["who"], context["list_name"])
        except BadFilter as error:
            context["problem"] = error.message
    template = "contacts/list/why.html" if is_partial(request) else "contacts/list/why_page.html"
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


def asks_about_a_list(context: ListContext) -> bool:
    return bool(context.smart_list or context.filters or context.search)


def verdict(context: ListContext, contact: Contact) -> Explanation:
    """What `explain` says of a list as it is looked at; somebody in the trash is in none."""
    found = explain(context.tree, contact, context.search)
    if contact.is_trashed:
        return Explanation(False, found.clauses, None, ["They are in the trash, which no list shows."])
    return found


def name_of(look: Look) -> str:
    """What the list is called, changes that were not saved included."""
    if look.smart_list is None:
        return "All, with these filters" if look.context.filters or look.context.search else "All"
    return f"{look.smart_list.name}, with unsaved changes" if look.is_unsaved else str(look.smart_list.name)


def sentence(found: Explanation, who: str, name: str) -> str:
    return f"Why {who} is in this list" if found.is_in else f"Why {who} is not in this list"


@require_GET
@allowed("contacts.readonly")
def find(request: HttpRequest) -> HttpResponse:
    """Look for anybody, to see why they are in the list or are not. A dialog."""
    look = look_from(request)
    text = request.GET.get("who", "").strip()[:75]
    people: list[dict[str, str]] = []
    if text:
        rows = Contact.objects.live().visible_to(scope.current().actor).search(text).order_by("name_folded", "pk")
        people = [
            {"id": row.pk, "name": str(row), "hint": row.email or row.phone}
            for row in rows.only("first_name", "last_name", "email", "phone")[:MOST_FOUND]
        ]
    context = {
        "look_query": query_of(look),
        "list_name": name_of(look),
        "members": look.members(),
        "who": text,
        "people": people,
        "full": len(people) == MOST_FOUND,
    }
    if request.headers.get("HX-Target") == "why-people":
        return render(request, "contacts/list/why_people.html", context)
    template = "contacts/list/why_find.html" if is_partial(request) else "contacts/list/why_page.html"
    return render(request, template, {**context, "finding": True})
