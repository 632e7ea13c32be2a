"""Pages that belong to no app: the way in, the palette and the style guide."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from contacts.models import Contact
from core import scope
from core.errors import Forbidden
from core.pages import allowed, link, public
from hoopai import navigation


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
    """What the command palette offers for ?q=: commands that match, then contacts. At most eight of each."""
    text = request.GET.get("q", "").strip()
    actor = scope.current().actor
    rows = [row for row in navigation.commands(actor) if all(word in row["label"].lower() for word in text.lower().split())]
    if len(text) >= 2:
        found = Contact.objects.live().visible_to(actor).search(text).order_by("-last_activity_at", "-pk")[:8]
        rows = [
            {
                "group": "Contacts",
                "label": str(contact),
                "hint": contact.email or contact.phone,
                "url": link("contacts:show", contact.pk),
                "icon": "user",
                "keys": "",
            }
            for contact in found
        ] + rows
    return JsonResponse({"items": rows[:16]})


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, alive. For operators."""
    if not request.user.is_staff:
        raise Forbidden("The style guide is for operators.")
    return render(request, "styleguide/index.html")


styleguide.ability = "operator"  # type: ignore[attr-defined]
