"""Where a record lies in the list it was opened from: back, previous, next, and its number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch

from contacts.filters import sorting
from contacts.models import Contact
from contacts.walking import context_from, neighbours
from core.pages import link


def walk(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Where the record lies in the list it was opened from. Two bounded queries."""
    context = context_from(request)
    previous, following, place = neighbours(context, contact)
    query = context.query_string()
    found: dict[str, Any] = {
        "list_url": address("contacts:list") + (f"?{query}" if query else ""),
        "list_name": context.smart_list.name if context.smart_list else "Contacts",
        "walk_query": query,
        "place": place,
        "total": sorting.count(context.queryset()) if place and not context.problem else 0,
    }
    if previous:
        found["previous_url"] = stay(request, previous, context.query_string(n=place - 1 if place > 1 else 0))
    if following:
        found["next_url"] = stay(request, following, context.query_string(n=place + 1 if place else 0))
    return found


def stay(request: HttpRequest, contact_id: str, query: str) -> str:
    """The record of another contact of the same list, with the same tab open."""
    tab = request.GET.get("tab", "")
    parts = [part for part in (query, f"tab={tab}" if tab in ("general", "additional", "audit") else "") if part]
    return link("contacts:show", contact_id) + (f"?{'&'.join(parts)}" if parts else "")


def address(name: str, *args: Any) -> str:
    """A page of the location, or "" while there is none of that name."""
    try:
        return link(name, *args)
    except NoReverseMatch:
        return ""
