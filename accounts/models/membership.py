from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts import abilities
from accounts.models.location import Location
from accounts.models.user import User
from core import clock
from core.scope import Actor
from core.tenancy import CurrentLocation, IdField
from journal.recorded import Recorded, RecordedManager


class Membership(Recorded):
    """A user's place in a location: a role, switches on top of it, and whether only assigned data is seen."""

    NOUN = "membership"

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    location = models.ForeignKey(Location, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, default="user", choices=[("admin", "Admin"), ("user", "User")])
    only_assigned = models.BooleanField("sees only assigned data", default=False)
    granted = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withheld = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "location"], name="one_membership_per_location"),
            models.CheckConstraint(
                condition=~models.Q(role="admin", only_assigned=True), name="admins_see_everything"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.location}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}

    @property
    def abilities(self) -> frozenset[str]:
        return (abilities.of_role(self.role) | set(self.granted)) - set(self.withheld)


def actor_at(user: User, location: Location) -> Actor | None:
    """The user as an actor in the location, or None for a stranger. One query, none for agency admins."""
    if not user.is_active:
        return None
    if user.agency_role == "admin" and user.company_id == location.company_id:
        return Actor(user.pk, user.name, "user", abilities.of_role("admin"), True, True)
    membership = (
        Membership.objects.everywhere(reason="the door: membership decides whether a location opens")
        .filter(user=user, location=location)
        .first()
    )
    if membership is None:
        if user.agency_role == "user" and user.company_id == location.company_id:
            return Actor(user.pk, user.name, "user", abilities.of_role("user"), True, False)
        return None
    is_admin = membership.role == "admin"
    return Actor(
        user.pk, user.name, "user", membership.abilities, is_admin or not membership.only_assigned, is_admin
    )
