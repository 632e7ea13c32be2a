"""Locations from outside: opening one, suspending it, deleting it with a week to think again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from accounts import allowance
from accounts.models import Company, Location, Membership, Session
from core import clock, scope
from core.errors import Refused

KEPT_FOR = dt.timedelta(days=7)


def open_location(company: Company, **fields: Any) -> Location:
    """Add a location to a company. It has the company's country and time zone where none are given.

    Raises:
        LimitReached: the plan allows no more locations. Invalid: a field breaks a rule.
    """
    fields = {"country": company.country, "timezone": company.timezone, **fields}
    with transaction.atomic(), scope.use(company_id=company.pk):
        company.lock()
        allowance.take("locations")
        made: Location = Location.record_new(company=company, access=company.access, **fields)
    return made


def suspend(place: Location) -> None:
    """Shut a location for all but agency admins: its people are signed out, its tokens stop working. Data stays."""
    with transaction.atomic():
        place.lock()
        if place.suspended_at is None:
            place.change("location.suspended", facts={"name": place.name}, suspended_at=clock.now())
            sign_out(place)


def reactivate(place: Location) -> None:
    """Open a suspended location again."""
    with transaction.atomic():
        place.lock()
        place.change("location.reactivated", facts={"name": place.name}, suspended_at=None)


def delete(place: Location) -> None:
    """Shut a location for everybody. Its data is kept for a week, in which `restore` brings it back.

    Raises:
        Refused: it is the last location of the company.
    """
    with transaction.atomic(), scope.use(company_id=place.company_id):
        Company.objects.select_for_update().get(pk=place.company_id)  # two who delete the last two wait for each other
        place.lock()
        if place.delete_after is not None:
            return
        if not Location.objects.filter(is_active=True).exclude(pk=place.pk).exists():
            raise Refused(f"{place} is the only location. An account is ended under Billing.")
        place.change(
            "location.deleted", facts={"name": place.name}, is_active=False, delete_after=clock.now() + KEPT_FOR
        )
        sign_out(place)
        allowance.settle("locations")


def restore(place: Location) -> None:
    """Bring a deleted location back as it was.

    Raises:
        Refused: the week is over. LimitReached: the plan allows no more locations.
    """
    with transaction.atomic(), scope.use(company_id=place.company_id):
        place.lock()
        if place.delete_after is None:
            return
        if place.delete_after <= clock.now():
            raise Refused(f"{place} was deleted more than {KEPT_FOR.days} days ago and cannot be brought back.")
        allowance.take("locations")
        place.change("location.restored", facts={"name": place.name}, is_active=True, delete_after=None)


def sign_out(place: Location) -> int:
    """End the sessions of people who can open nothing else. Returns how many sessions."""
    every = Membership.objects.everywhere(reason="the location is named")
    here = every.filter(location=place, disabled_at=None, user__agency_role="")
    elsewhere = every.filter(disabled_at=None, location__is_active=True, location__suspended_at=None)
    gone = here.exclude(user_id__in=elsewhere.exclude(location=place).values("user_id"))
    return int(Session.objects.filter(user_id__in=gone.values("user_id")).delete()[0])
