"""What a smaller plan has no seats or room for when it begins: invitations, people and locations, the newest first.

Scheduling a smaller plan is refused while there is too much; this is for what came after. Nothing is deleted.
"""

from __future__ import annotations

import logging

from django.db import transaction

from accounts import invitations, locations, people, sessions
from accounts.models import Invitation, Location, Membership, User
from billing.meters import COUNTED
from billing.models import Subscription
from core import scope
from core.errors import Refused
from core.scope import SYSTEM
from journal.writing import write

log = logging.getLogger(__name__)
MOST = 500  # rows looked at, of each kind


def trim(held: Subscription) -> dict[str, list[str]]:
    """Bring a company within the seats and locations of the plan it now has. The caller holds the subscription's lock.

    Open invitations are taken back first, then users and last admins switched off; the owner never. Who is concerned
    learns it from the entry this writes.

    Returns:
        What was done: {"invitations": [addresses], "people": [ids], "locations": [names]}; empty when all fitted.
    """
    with scope.use(actor=SYSTEM):  # nobody is trimmed by the person who happens to pay
        done = {**_seats(held), "locations": _places(held)}
    done = {name: found for name, found in done.items() if found}
    if done:
        write("subscription.trimmed", held, {}, {**done, "words": in_words(done), "plan": str(held.plan)})
    return done


ONE = {"invitations": "invitation", "people": "person", "locations": "location"}


def in_words(done: dict[str, list[str]]) -> str:
    """2 invitations, 1 person."""
    return ", ".join(f"{len(found)} {name if len(found) > 1 else ONE[name]}" for name, found in done.items())


def _seats(held: Subscription) -> dict[str, list[str]]:
    most, count = held.limits.get("users"), COUNTED["users"].count
    done: dict[str, list[str]] = {"invitations": [], "people": []}
    if most is None or count(held.company_id) <= most:
        return done
    every = Invitation.objects.everywhere(reason="a plan counts all of a company").select_for_update()
    for one in every.open().filter(location__company_id=held.company_id).order_by("-pk")[:MOST]:
        if count(held.company_id) <= most:
            return done
        with people.at(one.location):
            invitations.revoke(one)
        done["invitations"].append(one.email)
    for user in _newest(held.company_id):
        if count(held.company_id) <= most:
            break
        if _switch_off(user):
            done["people"].append(user.pk)
    return done


def _newest(company_id: str) -> list[User]:
    """Everybody with a seat but the owner: people before admins, the newest first."""
    seats = Membership.objects.everywhere(reason="a plan counts all of a company").filter(
        location__company_id=company_id, disabled_at=None
    )
    admins = set(seats.filter(role="admin").values_list("user_id", flat=True))
    seated = set(seats.values_list("user_id", flat=True))
    rows = User.objects.everywhere(reason="the company is named").filter(company_id=company_id, is_active=True)
    found = [
        user
        for user in rows.select_related("company").order_by("-pk")[:MOST]
        if user.pk != (user.company and user.company.owner_id) and (user.agency_role or user.pk in seated)
    ]
    return sorted(found, key=lambda user: user.agency_role == "admin" or user.pk in admins)


def _switch_off(user: User) -> bool:
    """Switch a person off in all their locations; not at all where one of them would be left without an admin."""
    try:
        with transaction.atomic():
            if user.agency_role:
                people.check_agency(user)
            held = [one for one in people.places_of(user) if one.disabled_at is None]
            for membership in held:
                people.check_leaving(membership)
                if not user.agency_role:
                    people.disable(membership)
            if user.agency_role:  # works for the agency: off in all of it
                user.change(is_active=False)
                sessions.end_others(user.pk)
    except Refused as problem:
        log.info("user %s keeps their seat: %s", user.pk, problem.message)
        return False
    return True


def _places(held: Subscription) -> list[str]:
    most = held.limits.get("locations")
    if most is None:
        return []
    rows = Location.objects.everywhere(reason="the company is named").filter(
        company_id=held.company_id, is_active=True, suspended_at=None
    )
    newest = list(rows.order_by("-pk")[: max(rows.count() - max(most, 1), 0)])
    for place in newest:
        locations.suspend(place)
    return [str(place) for place in newest]
