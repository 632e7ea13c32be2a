"""Settings of a location: its business profile and its people."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import abilities, current, lockout
from accounts.forms import AccessForm, BusinessProfileForm, show_errors
from accounts.models import Membership, User
from core import clock, scope
from core.errors import Forbidden, Invalid, NotFound, Refused
from core.pages import allowed, link
from journal.writing import write

MOST_PEOPLE = 500


@allowed("locations.readonly")
def business_profile(request: HttpRequest) -> HttpResponse:
    """What the location is and how it treats duplicates. Those without locations.write read it only."""
    place = current.location()
    may_write = scope.current().actor.may("locations.write")
    if request.method == "POST" and not may_write:
        raise Forbidden("Only an admin of this location can change its business profile.")
    form = BusinessProfileForm(request.POST or None, instance=copy(place))
    if request.method == "POST" and form.is_valid():
        try:
            place.change(**form.values())
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, "The business profile is saved.")
            return redirect(link("settings:profile"))
    if not may_write:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "place": place, "may_write": may_write}
    return render(request, "settings/profile.html", context, status=422 if form.errors else 200)


@allowed("users.readonly")
def people(request: HttpRequest) -> HttpResponse:
    """Who may open the location: its members by name, then the agency's people."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:75]
    members = Membership.objects.select_related("user").filter(user__is_active=True)
    agency = User.objects.filter(is_active=True).exclude(agency_role="")
    for word in text.split()[:5]:
        members = members.filter(matching(word, "user__"))
        agency = agency.filter(matching(word))
    rows = list(members.order_by("user__first_name", "user__last_name", "pk")[:MOST_PEOPLE])
    known = {row.user_id for row in rows}
    context = {
        "rows": rows,
        "agency": [user for user in agency[:MOST_PEOPLE] if user.pk not in known],
        "query": text,
        "may_write": scope.current().actor.may("users.write"),
        "me": scope.current().actor.user_id,
        "now": clock.now(),
    }
    return render(request, "settings/people.html", context)


def matching(word: str, path: str = "") -> Q:
    """People with `word` in a name or the e-mail; `path` leads to the user."""
    return (
        Q(**{f"{path}first_name__icontains": word})
        | Q(**{f"{path}last_name__icontains": word})
        | Q(**{f"{path}email__icontains": word})
    )


@allowed("users.write")
@require_POST
def unlock(request: HttpRequest, pk: str) -> HttpResponse:
    """Lift the lock of a member's sign-in."""
    membership = Membership.objects.select_related("user").filter(pk=pk, user__is_active=True).first()
    if membership is None:
        raise NotFound("This person has no access to the location.")
    if lockout.is_locked(membership.user):
        lockout.lift(membership.user)
        write("user.unlocked", membership.user, facts={"user": membership.user_id})
        messages.success(request, f"{membership.user} can sign in again.")
    return redirect(link("settings:people"))


@allowed("users.write")
def access(request: HttpRequest, pk: str) -> HttpResponse:
    """One person's access to the location: role, restriction and switches."""
    membership = Membership.objects.select_related("user", "location").filter(pk=pk, user__is_active=True).first()
    if membership is None:
        raise NotFound("This person has no access to the location.")
    form = AccessForm(request.POST or None, instance=copy(membership))
    form.fields["granted"].choices = list(abilities.SWITCHES.items())  # type: ignore[attr-defined]
    form.initial["granted"] = sorted(membership.abilities & abilities.SWITCHES.keys())
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            membership.set_access(values["role"], values["only_assigned"], set(values["granted"]))
        except (Invalid, Refused) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"The access of {membership.user} is saved.")
            return redirect(link("settings:people"))
    context = {"form": form, "membership": membership, "is_me": membership.user_id == scope.current().actor.user_id}
    return render(request, "settings/access.html", context, status=422 if form.errors else 200)
