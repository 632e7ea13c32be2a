from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q

from accounts import abilities
from accounts.models.location import Location
from accounts.models.role import Role
from accounts.models.team import Team
from accounts.models.user import User
from core import clock, scope
from core.errors import Refused
from core.prepared import Prepared
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
    custom_role = models.ForeignKey(Role, models.PROTECT, related_name="memberships", null=True, blank=True)
    only_assigned = models.BooleanField("sees only assigned data", default=False)
    granted = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withheld = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)  # switched off: the row stays
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "location"], name="one_membership_per_location"),
            models.CheckConstraint(condition=~models.Q(role="admin", only_assigned=True), name="admins_see_everything"),
            models.CheckConstraint(
                condition=models.Q(custom_role=None) | models.Q(role="user"), name="admins_have_no_custom_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.location}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"location_id": CurrentLocation()}

    @property
    def abilities(self) -> frozenset[str]:
        held = (self.of_role | set(self.granted)) - set(self.withheld)
        return held - abilities.UNRESTRICTED if self.only_assigned else held

    @property
    def of_role(self) -> frozenset[str]:
        """What the role alone brings."""
        return frozenset(self.custom_role.abilities) if self.custom_role else abilities.of_role(self.role)

    @property
    def role_name(self) -> str:
        """The role as pages name it."""
        return str(self.custom_role) if self.custom_role else str(self.get_role_display())

    def is_last_admin(self) -> bool:
        """Whether nobody else administers the location. Holds the location's admins until the transaction ends."""
        return self.role == "admin" and not self.hold_admins() - {self.pk}

    @transaction.atomic
    def set_access(self, role: str, only_assigned: bool, may: set[str] | None, custom_role: Role | None = None) -> None:
        """Give a role; `may` is what of `abilities.SWITCHES` a user (not an admin) is to be able to do, None what the
        role says.

        The admins are held before the row, in one order, so that two who demote each other cannot wait for each other.

        Raises:
            Refused: it is one's own access, or the last admin would go.
        """
        admins = self.hold_admins()
        self.lock()
        if self.user_id == scope.current().actor.user_id:
            raise Refused("Nobody can change their own access. Ask another admin.")
        if role != "admin" and self.is_owner():
            raise Refused(f"{self.user} owns the account and stays an admin. Ownership can be transferred first.")
        if role != "admin" and self.role == "admin" and not admins - {self.pk}:
            raise Refused(f"{self.user} is the last admin of this location: make somebody else an admin first.")
        custom_role = custom_role if role != "admin" else None
        held = frozenset(custom_role.abilities) if custom_role else abilities.of_role(role)
        granted, withheld = overrides(role, held, may)
        self.change(
            facts={"user": self.user_id},
            role=role,
            custom_role=custom_role,
            only_assigned=only_assigned and role != "admin",
            granted=granted,
            withheld=withheld,
        )

    def copy_access(self, source: Membership) -> None:
        """Take over the role, the switches and the restriction of somebody else of the location.

        Raises:
            Refused: as `set_access`.
        """
        with transaction.atomic():
            self.set_access(source.role, source.only_assigned, None, source.custom_role)
            self.change(facts={"user": self.user_id}, granted=source.granted, withheld=source.withheld)

    def is_owner(self) -> bool:
        """Whether the person owns the account."""
        return bool(self.location.company.owner_id == self.user_id)

    def hold_admins(self) -> set[str]:
        """The memberships of the location's active admins, held until the transaction ends."""
        admins = Membership.objects.everywhere(reason="the membership names its location").filter(
            location_id=self.location_id, role="admin", disabled_at=None
        )
        rows = admins.select_for_update(of=("self",)).order_by("pk").values_list("pk", "user__is_active")
        return {pk for pk, is_active in rows if is_active}


MEMBERSHIP = Prepared(
    lambda user, location: (
        Membership.objects.everywhere(reason="the door: membership decides whether a location opens")
        .filter(user_id=user, location_id=location)
        .select_related("custom_role")
    )
)


def overrides(role: str, held: frozenset[str], may: set[str] | None) -> tuple[list[str], list[str]]:
    """What has to be granted to and withheld from a role that brings `held`, so that of the switches just `may` is left."""
    if role == "admin" or may is None:
        return [], []
    switches = abilities.SWITCHES.keys()
    return sorted((may & switches) - held), sorted((held & switches) - may)


def actor_at(user: User, location: Location) -> Actor | None:
    """The user as an actor in the location, or None for a stranger.

    One query, none for agency admins, two for those who see only what is assigned to them or to their teams.
    """
    if not user.is_active:
        return None
    if user.agency_role == "admin" and user.company_id == location.company_id:
        return Actor(user.pk, user.name, "user", abilities.of_role("admin"), True, True)
    membership = MEMBERSHIP.first(user.pk, location.pk)
    if membership is None or membership.disabled_at:
        if user.agency_role == "user" and user.company_id == location.company_id:
            return Actor(user.pk, user.name, "user", abilities.of_role("user"), True, False)
        return None
    is_admin = membership.role == "admin"
    unrestricted = is_admin or not membership.only_assigned
    teams = () if unrestricted else teams_of(user.pk, location.pk)
    return Actor(user.pk, user.name, "user", membership.abilities, unrestricted, is_admin, teams)


def teams_of(user_id: str, location_id: str) -> tuple[str, ...]:
    """The ids of the teams a person is in at a location, and of the parts of those teams. One query."""
    mine = Q(members__contains=[user_id])
    below = Q(parent__members__contains=[user_id]) | Q(parent__parent__members__contains=[user_id])
    rows = Team.objects.everywhere(reason="the door: the location is named").filter(
        mine | below, location_id=location_id
    )
    return tuple(rows.order_by("pk").values_list("pk", flat=True))
