"""The agency's locations: open one, suspend it, delete it and bring it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import allowance, locations
from accounts.agency_forms import DeleteForm, LocationForm
from accounts.forms import show_errors
from accounts.models import Location
from accounts.views.dialogs import ask, done
from core import clock
from core.errors import Forbidden, Invalid, LimitReached, NotFound, Refused
from core.pages import allowed

MOST = 500
View = Callable[..., HttpResponse]


def agency_admin(view: View) -> View:
    """Let a page be used only by admins of an agency; others get 403."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request.user, "agency_role", "") != "admin":
            raise Forbidden("These pages are for admins of the agency.")
        return view(request, *args, **kwargs)

    return allowed("anyone")(checked)


@require_GET
@agency_admin
def index(request: HttpRequest) -> HttpResponse:
    """All of the company's locations by name, those deleted lately at the end."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    rows = Location.objects.filter(Q(is_active=True) | Q(delete_after__gt=clock.now()))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(city__icontains=text) | Q(email__icontains=text))
    rows = rows.annotate(people=Count("memberships", filter=Q(memberships__disabled_at=None)))
    found = list(rows.order_by("-is_active", "name", "pk")[:MOST])
    context = {
        "open": [place for place in found if place.is_active],
        "deleted": [place for place in found if not place.is_active],
        "query": text,
        "use": allowance.use("locations"),
    }
    return render(request, "agency/locations.html", context)


@agency_admin
def create(request: HttpRequest) -> HttpResponse:
    """A new location, with what its business profile begins with."""
    company = request.user.company
    form = LocationForm(
        request.POST if request.method == "POST" else None,
        initial={"country": company.country, "timezone": company.timezone},
    )
    if request.method == "POST" and form.is_valid():
        try:
            place = locations.open_location(company, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        except LimitReached as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{place} is open. Invite its people under Settings, People.")
            return redirect("agency:locations")
    context = {"form": form, "use": allowance.use("locations")}
    return render(request, "agency/location.html", context, status=422 if form.errors else 200)


def found(pk: str) -> Location:
    """A location of the company in scope, open or deleted lately.

    Raises:
        NotFound: there is none.
    """
    rows = Location.objects.filter(Q(is_active=True) | Q(delete_after__isnull=False))
    place: Location | None = rows.filter(pk=pk).first()
    if place is None:
        raise NotFound("There is no such location.")
    return place


@agency_admin
def suspend(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what it means, then shut the location for its people."""
    place = found(pk)
    if request.method == "POST":
        locations.suspend(place)
        return done(request, reverse("agency:locations"), f"{place} is suspended.")
    context = {
        "title": f"Suspend {place}?",
        "text": "Its people are signed out and its tokens stop working until it is opened again. Admins of the agency "
        "still come in. Nothing is deleted.",
        "action": reverse("agency:suspend", args=[pk]),
        "submit": "Suspend",
        "kind": "danger",
    }
    return ask(request, context)


@require_POST
@agency_admin
def reactivate(request: HttpRequest, pk: str) -> HttpResponse:
    place = found(pk)
    locations.reactivate(place)
    messages.success(request, f"{place} is open again.")
    return redirect("agency:locations")


@agency_admin
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for the name, then shut the location for good in a week."""
    place = found(pk)
    form = DeleteForm(request.POST if request.method == "POST" else None, name=place.name)
    if request.method == "POST" and form.is_valid():
        try:
            locations.delete(place)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            said = f"{place} is deleted. It can be brought back for {locations.KEPT_FOR.days} days."
            return done(request, reverse("agency:locations"), said)
    context = {
        "title": f"Delete {place}?",
        "text": "Contacts, opportunities, settings and everything else in it go with it. It is shut at once; for "
        f"{locations.KEPT_FOR.days} days it can be brought back here.",
        "form": form,
        "action": reverse("agency:location_delete", args=[pk]),
        "submit": "Delete location",
        "kind": "danger",
    }
    return ask(request, context, status=422 if form.errors else 200)


@require_POST
@agency_admin
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    place = found(pk)
    locations.restore(place)
    messages.success(request, f"{place} is back as it was.")
    return redirect("agency:locations")
