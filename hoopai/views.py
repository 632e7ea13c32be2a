"""Pages that belong to no app: the way in, the palette and the style guide."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from contacts.models import Business, Contact
from core import scope
from core.errors import Forbidden
from core.pages import allowed, link, public
from core.templatetags.ui import initials, tint_number
from hoopai import navigation
from objects import searching
from objects.models import Record


@public
def home(request: HttpRequest) -> HttpResponse:
    """To the last location used, or the first there is."""
    if not request.user.is_authenticated:
        return redirect("accounts:sign_in")
    places = navigation.places_of(request.user)
    last = next((place for place in places if place.pk == request.session.get("location")), None)
    chosen = last or next(iter(places), None)
    if chosen is None:
        if request.user.is_staff:
            return redirect("admin:index")
        return render(request, "accounts/no_location.html", status=200)
    return redirect("contacts:list", location=chosen.pk)


@allowed("anyone")
def location_home(request: HttpRequest) -> HttpResponse:
    return redirect(link("contacts:list"))


@allowed("anyone")
def settings_index(request: HttpRequest) -> HttpResponse:
    """To the first settings page that the person may see."""
    actor = scope.current().actor
    for _, rows in navigation.SETTINGS:
        for _, name, _, ability in rows:
            if (ability == "anyone" or actor.may(ability)) and navigation.address(name):
                return redirect(navigation.address(name))
    raise Forbidden("There is no settings page for you in this location.")


@allowed("contacts.readonly")
def palette(request: HttpRequest) -> HttpResponse:
    """What the command palette offers for ?q=: contacts and companies that match, then commands. At most eight of each."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    actor = scope.current().actor
    rows: list[dict[str, Any]] = []
    if len(text) >= 2 and actor.may("contacts.readonly"):
        rows += [
            {
                "group": "Contacts",
                "label": str(contact),
                "hint": contact.company_name or contact.email or contact.phone,
                "url": link("contacts:show", contact.pk),
                "initials": initials(contact),
                "tint": tint_number(contact.pk),
            }
            for contact in _contacts(text, actor)
        ]
    if len(text) >= 2 and actor.may("businesses.readonly"):
        rows += [
            {
                "group": "Companies",
                "label": company.name,
                "hint": company.city,
                "url": link("contacts:business", company.pk),
                "icon": "building",
            }
            for company in Business.objects.visible_to(actor).search(text).order_by("name", "pk")[:8]
        ]
    if len(text) >= 2 and actor.may("objects/record.readonly"):
        rows += [
            {
                "group": record.schema.plural,
                "label": str(record),
                "hint": "",
                "url": link("objects:record", record.pk),
                "icon": "database",
            }
            for record in Record.objects.live()
            .visible_to(actor)
            .filter(schema__deleted_at=None)
            .search(text)
            .select_related("schema")
            .order_by("-date_updated", "-pk")[:8]
        ]
    words = text.lower().split()
    rows += [row for row in navigation.commands(actor) if all(word in row["label"].lower() for word in words)][:16]
    return JsonResponse({"results": rows})


def _contacts(text: str, actor: scope.Actor) -> list[Contact]:
    """At most eight contacts that search finds, then those with exactly this value in a searchable field."""
    rows = Contact.objects.live().visible_to(actor).order_by("-last_activity_at", "-pk")
    found = list(rows.search(text)[:8])
    exactly = searching.exactly("contact", text) if len(found) < 8 else None
    if exactly is not None:
        found += list(rows.filter(exactly).exclude(pk__in=[row.pk for row in found])[: 8 - len(found)])
    return found


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, alive. For operators."""
    if not request.user.is_staff:
        raise Forbidden("The style guide is for operators.")
    return render(request, "styleguide/index.html")


styleguide.ability = "operator"  # type: ignore[attr-defined]
