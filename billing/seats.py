"""Seats, locations and roles: what accounts ask before they write one more. Counted from the rows, under a lock.

An open invitation takes up a seat, somebody switched off does not, and a person in several locations counts once.
"""

from __future__ import annotations

from django.db import transaction

from accounts.allowance import Use
from accounts.models import Invitation, Location, Membership, Role, User
from billing import limits
from billing.meters import COUNTED, define
from billing.models import Meter
from core import scope


def take(company_id: str, name: str) -> None:
    """Count one more.

    Raises:
        LimitReached: there is no room.
    """
    if limits.limits_of(company_id).get(name) is None:
        return
    with transaction.atomic(), scope.use(company_id=company_id):
        limits.recount(company_id, name)
        limits.take(name)


def settle(company_id: str, name: str) -> None:
    """Count afresh what may have become fewer."""
    meters = Meter.objects.everywhere(reason="the company is named")
    if meters.filter(company_id=company_id, name=name).exists():
        limits.recount(company_id, name)


def use(company_id: str, name: str) -> Use:
    """How many there are and may be."""
    return Use(COUNTED[name].count(company_id), limits.limits_of(company_id).get(name))


def has(company_id: str, name: str) -> bool:
    """Whether the plan has a feature; without a subscription there is none."""
    return limits.limits_of(company_id).get(name, 0) != 0


def users(company_id: str) -> int:
    """Everybody who can open something, and the addresses invited beside them."""
    people = User.objects.everywhere(reason="the company is named").filter(company_id=company_id, is_active=True)
    held = Membership.objects.everywhere(reason="the company is named").filter(
        location__company_id=company_id, disabled_at=None
    )
    seated = people.exclude(agency_role="") | people.filter(pk__in=held.values("user_id"))
    invited = Invitation.objects.everywhere(reason="the company is named").open()
    beside = invited.filter(location__company_id=company_id).exclude(email__in=seated.values("email"))
    return int(seated.count() + beside.order_by().values("email").distinct().count())


def locations(company_id: str) -> int:
    rows = Location.objects.everywhere(reason="the company is named")
    return int(rows.filter(company_id=company_id, is_active=True).count())


def roles(company_id: str) -> int:
    rows = Role.objects.everywhere(reason="a plan counts all of a company")
    return int(rows.filter(location__company_id=company_id).count())


define("users", "Users", "user", users, "New people and invitations are refused")
define("locations", "Locations", "location", locations, "New locations are refused")
define("roles", "Custom roles", "custom role", roles, "New roles are refused")
