from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Max, Q

from accounts.models import Team
from billing import limits
from core import clock
from core.errors import LimitReached
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

DEFAULT_COLUMNS = ["name", "phone", "email", "tags", "assignedTo", "lastActivity"]
MOST = 250  # lists of one location
MOST_SHARES = 100  # people, and teams, that one list is shared with


def default_columns() -> list[str]:
    return list(DEFAULT_COLUMNS)


class SmartListQuerySet(RecordedQuerySet):
    def shown_to(self, actor: Any) -> Self:
        """A person's own lists and those shared with them, with a team of theirs or with everyone. Their tabs."""
        shared = Q(is_shared=True)
        if actor.user_id:
            teams = Team.objects.filter(members__contains=[actor.user_id]).values("pk")
            mine = ArraySubquery(teams, output_field=ArrayField(models.CharField(max_length=20)))
            shared |= Q(owner_id=actor.user_id) | Q(shared_users__contains=[actor.user_id])
            shared |= Q(shared_teams__overlap=mine)
        return self.filter(shared, archived_at=None)

    def visible_to(self, actor: Any) -> Self:
        """The same, and for an admin whatever is shared with anybody."""
        if not actor.is_admin:
            return self.shown_to(actor)
        return self.filter(
            Q(owner_id=actor.user_id) | Q(is_shared=True) | ~Q(shared_users=[]) | ~Q(shared_teams=[]), archived_at=None
        )

    def archived(self) -> Self:
        """Private lists of people who left, the latest first."""
        return self.filter(archived_at__isnull=False).order_by("-archived_at", "-pk")


class SmartList(LocationModel, Recorded):
    """A saved query over contacts, evaluated live: filters, columns, order and page size."""

    NOUN = "smart_list"

    name = models.CharField(max_length=100)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    is_shared = models.BooleanField(default=False)  # with everyone
    shared_users = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    shared_teams = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    filters = models.JSONField(default=list, blank=True)  # the tree of contacts.filters
    columns = ArrayField(models.CharField(max_length=70), default=default_columns)  # "email", or "email:wide"
    sort = models.CharField(max_length=70, default="-dateAdded")
    page_size = models.PositiveSmallIntegerField(default=50)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)  # its creator left
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(SmartListQuerySet)()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "position", "id"], name="smart_list_by_location")]
        constraints = [
            models.CheckConstraint(
                condition=Q(shared_users__len__lte=MOST_SHARES) & Q(shared_teams__len__lte=MOST_SHARES),
                name="shared_with_at_most_a_hundred",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add(cls, **values: Any) -> SmartList:
        """A new list after all others.

        Raises:
            LimitReached: the location, or the plan, has as many as it may. Invalid: {field: sentence}.
        """
        with transaction.atomic():
            if cls.objects.count() >= MOST:
                raise LimitReached(f"A location can have {MOST} smart lists. Delete one first.")
            limits.take("smart_lists")
            last = cls.objects.aggregate(last=Max("position"))["last"]
            row: SmartList = cls.record_new(position=(last or 0) + 1, **values)
        return row

    def discard(self) -> None:
        """Delete the list; contacts are untouched."""
        with transaction.atomic():
            self.remove()
            limits.give_back("smart_lists")

    @property
    def is_shared_at_all(self) -> bool:
        return self.is_shared or bool(self.shared_users) or bool(self.shared_teams)

    @property
    def is_built_in(self) -> bool:
        return self.pk in BUILT_IN

    def may_edit(self, actor: Any) -> bool:
        """Its creator and admins may; nobody a list that is built in."""
        if self.is_built_in:
            return False
        return actor.is_admin or (self.owner_id is not None and self.owner_id == actor.user_id)


def follow_up() -> SmartList:
    """The built-in queue: whoever has a score, the highest first. It lies in no table."""
    return SmartList(
        id="follow_up",
        name="Follow-up queue",
        filters=[{"field": "score", "operator": "gte", "value": 1}],
        columns=["name", "phone", "email", "tags", "assignedTo", "lastActivity", "score"],
        sort="-score",
    )


BUILT_IN = {"follow_up": follow_up}


def built_in(key: str) -> SmartList | None:
    """A list that every location has, by its key in addresses."""
    make = BUILT_IN.get(key)
    return make() if make else None
