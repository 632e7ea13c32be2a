from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from accounts import abilities
from accounts.models.location import Location
from accounts.models.user import User
from core import clock, scope
from core.errors import Refused
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
            models.CheckConstraint(condition=~models.Q(role="admin", only_assigned=True), name="admins_see_everything"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.location}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}

    @property
    def abilities(self) -> frozenset[str]:
        held = (abilities.of_role(self.role) | set(self.granted)) - set(self.withheld)
        return held - abilities.UNRESTRICTED if self.only_assigned else held

    def is_last_admin(self) -> bool:
        """Whether nobody else administers the location. Holds the location's admins until the transaction ends."""
        return self.role == "admin" and not self._hold_admins() - {self.pk}

    @transaction.atomic
    def set_access(self, role: str, only_assigned: bool, may: set[str]) -> None:
        """Give a role; `may` is what of `abilities.SWITCHES` a user (not an admin) is to be able to do.

        The admins are held before the row, in one order, so that two who demote each other cannot wait for each other.

        Raises:
            Refused: it is one's own access, or the last admin would go.
        """
        admins = self._hold_admins()
        self.lock()
        if self.user_id == scope.current().actor.user_id:
            raise Refused("Nobody can change their own access. Ask another admin.")
        if role != "admin" and self.role == "admin" and not admins - {self.pk}:
            raise Refused(f"{self.user} is the last admin of this location: make somebody else an admin first.")
        held = abilities.of_role(role)
        granted = withheld = set[str]()
        if role != "admin":
            granted = (may & abilities.SWITCHES.keys()) - held
            withheld = (held & abilities.SWITCHES.keys()) - may
        self.change(
            facts={"user": self.user_id},
            role=role,
            only_assigned=only_assigned and role != "admin",
            granted=sorted(granted),
            withheld=sorted(withheld),
        )

    def _hold_admins(self) -> set[str]:
        """The memberships of the location's active admins, held until the transaction ends."""
        admins = Membership.objects.everywhere(reason="the membership names its location").filter(
            location_id=self.location_id, role="admin"
        )
        rows = admins.select_for_update(of=("self",)).order_by("pk").values_list("pk", "user__is_active")
        return {pk for pk, is_active in rows if is_active}


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
    return Actor(user.pk, user.name, "user", membership.abilities, is_admin or not membership.only_assigned, is_admin)
