"""The copy of the data of a banned account: its owner cannot sign in, so the link of the mail is the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import current
from accounts.models import Location
from accounts.models.membership import actor_at
from core import access, scope
from core.errors import NotFound, Problem
from core.pages import public
from privacy import exporting, record_sets, tasks
from privacy.models import DataExport
from privacy.models.data_export import FORMATS, MOST_DOWNLOADS
from privacy.views.exports import given_out
from support import copies
from support.models import Hold

MOST_PLACES = 100
PURPOSE = "The copy that the owner of a closed account may have."


@public
@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The locations of the account, each with its last archive."""
    hold = copies.hold_of(token)
    rows = []
    for place in _places(hold):
        with _inside(hold, place):
            job = DataExport.objects.filter(owner=hold.company.owner, is_everything=True).order_by("-pk").first()
            rows.append((place, job, exporting.progress_of(job) if job else 0))
    with scope.use(company_id=hold.company_id):
        until = access.standing().delete_after
    context = {
        "hold": hold,
        "token": token,
        "rows": rows,
        "until": until,
        "most": MOST_DOWNLOADS,
        "is_running": any(job is not None and job.is_open for _, job, _ in rows),
    }
    return render(request, "privacy/copy.html", context)


@public
@require_POST
def start(request: HttpRequest, token: str, place: str) -> HttpResponse:
    """Begin the archive of everything in a location."""
    hold = copies.hold_of(token)
    with _inside(hold, _place(hold, place)):
        try:
            job = exporting.start(
                record_sets.readable(scope.current().actor), [kind for kind, _ in FORMATS], purpose=PURPOSE
            )
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            tasks.export.delay(job.pk)
            messages.success(request, "The copy is being made. A mail tells you when it is ready.")
    return HttpResponseRedirect(reverse("data_copy", args=[token]))


@public
@never_cache
@require_safe
def file(request: HttpRequest, token: str, place: str, pk: str) -> HttpResponse:
    """The archive."""
    hold = copies.hold_of(token)
    with _inside(hold, _place(hold, place)):
        job = DataExport.objects.filter(pk=pk, owner=hold.company.owner).first()
        if job is None:
            raise NotFound(copies.GONE)
        return given_out(job)


def _places(hold: Hold) -> list[Location]:
    rows = Location.objects.everywhere(reason="the hold names the company").filter(company_id=hold.company_id)
    return list(rows.filter(is_active=True).order_by("pk")[:MOST_PLACES])


def _place(hold: Hold, pk: str) -> Location:
    """A location of the banned company.

    Raises:
        NotFound: it is not one of its.
    """
    found = next((place for place in _places(hold) if place.pk == pk), None)
    if found is None:
        raise NotFound(copies.GONE)
    return found


@contextmanager
def _inside(hold: Hold, place: Location) -> Iterator[None]:
    """The scope of a location with the owner of the account acting.

    Raises:
        NotFound: the account has no owner any more.
    """
    owner = hold.company.owner
    actor = actor_at(owner, place) if owner else None
    if actor is None:
        raise NotFound(copies.GONE)
    with current.at(place, actor=actor, via="ui"):
        yield
