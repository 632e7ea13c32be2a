"""What a person wants to be told of: their own page, and the link at the foot of mails."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from accounts import current
from accounts.models import Location, User
from accounts.views.own_account import side_list
from core import scope
from core.pages import allowed, link, public
from notifications import preferences, stopping
from notifications.kinds import ALL, KINDS
from notifications.models.preference import DIGESTS
from notifications.preferences import Way, ways_of

MOST_PLACES = 100


class DigestForm(forms.Form):
    digest = forms.ChoiceField(
        label="E-mails leave",
        choices=DIGESTS,
        help_text="Mentions, due tasks, requests for access and webhooks that fail are mailed at once in any case.",
    )
    hour = forms.TypedChoiceField(
        label="The daily e-mail leaves at",
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        initial=8,
    )


def places_of(user: User) -> list[Location]:
    """The active locations a person works at, by name, at most a hundred."""
    every = Location.objects.everywhere(reason="a person's own locations").filter(is_active=True)
    mine = (
        every.filter(company_id=user.company_id)
        if user.agency_role
        else every.filter(memberships__user=user, memberships__disabled_at=None)
    )
    return list(mine.order_by("name", "pk")[:MOST_PLACES])


@require_GET
@login_required
@allowed("anyone")
def of_account(request: HttpRequest) -> HttpResponse:
    """From the pages of the account to the preferences of a location: the one asked for, or the last one used."""
    places = places_of(request.user)  # type: ignore[arg-type]
    wanted = request.GET.get("location") or request.session.get("location")
    place = next((one for one in places if one.pk == wanted), places[0] if places else None)
    if place is None:
        messages.info(request, "Notifications are chosen for each location; you have none yet.")
        return redirect("accounts:profile")
    return redirect(reverse("notifications:preferences", args=[place.pk]))


@require_http_methods(["GET", "POST"])
@allowed("anyone")
def choose(request: HttpRequest) -> HttpResponse:
    """The matrix of kinds and ways, for the location in scope."""
    user_id = scope.current().actor.id
    held = preferences.of([user_id]).get(user_id)
    initial = {"digest": held.digest, "hour": held.hour} if held else {"digest": "off", "hour": 8}
    form = DigestForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        ticked = set(request.POST.getlist("app")), set(request.POST.getlist("mail"))
        choices = {kind.key: Way(kind.key in ticked[0] or kind.is_fixed, kind.key in ticked[1]) for kind in ALL}
        preferences.choose(user_id, choices, form.cleaned_data["digest"], form.cleaned_data["hour"])
        messages.success(request, "Your choice is saved.")
        return redirect(link("notifications:preferences"))
    context: dict[str, Any] = {
        "settings_nav": side_list(reverse("account_notifications")),
        "form": form,
        "rows": [{"kind": kind, "way": ways_of(held, kind)} for kind in ALL],
        "places": places_of(request.user),  # type: ignore[arg-type]
        "place_id": scope.location_id(),
        "place": current.location(),
        "choose_url": reverse("account_notifications"),
    }
    return render(request, "notifications/preferences.html", context, status=422 if form.errors else 200)


@csrf_exempt  # mail programs send the form by themselves, without a session; the signed link is the proof
@require_http_methods(["GET", "POST"])
@public
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails a link names. A link that is only opened, as scanners do, asks first."""
    user, place, kind = stopping.read(token)
    if request.method == "POST":
        stopping.stop(token)
    context = {
        "email": user.email,
        "place": place,
        "kind": KINDS[kind].label if kind else "",
        "is_done": request.method == "POST",
        "choose_url": reverse("notifications:preferences", args=[place.pk]),
    }
    return render(request, "notifications/stop.html", context)
