"""Settings of a location: its business profile, and lifting a lock."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import current, lockout
from accounts.forms import BusinessProfileForm, show_errors
from accounts.models import Membership
from core import scope
from core.errors import Forbidden, Invalid, NotFound
from core.pages import allowed, link
from journal.writing import write


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
