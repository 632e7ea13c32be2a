from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q

from core import clock, scope
from core.errors import LimitReached, Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked
from objects.keeping import KEPT_FOR, TOO_LATE
from objects.models.object_schema import ObjectSchema

MOST_FOLLOWERS = 10
LONGEST_QUERY = 75


class Folded(Func):
    """Text without accents and capitals."""

    function = "hoopai_fold"
    output_field = models.TextField()


class FoldedStart(Func):
    """The start of a text, folded: as much of it as an index holds."""

    function = "hoopai_fold"
    template = "%(function)s(left(%(expressions)s, 200))"
    output_field = models.TextField()


class RecordQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Not in the trash."""
        return self.filter(deleted_at=None)

    def trashed(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def visible_to(self, actor: Any) -> Self:
        """Everything, or for a restricted user what they own or follow."""
        if actor.sees_everything:
            return self
        return self.filter(Q(owner_id=actor.id) | Q(followers__contains=[actor.id]))

    def search(self, text: str) -> Self:
        """Records that have every word of `text` in a searchable property; accents and case fold.

        Words of one or two letters match only the start of the name, for want of an index that could do more.
        """
        found = self
        for word in text.replace("\x00", "").strip()[:LONGEST_QUERY].split()[:8]:
            found = found.filter(**{"search__folded" if len(word) >= 3 else "name_folded__folded_prefix": word})
        return found


class Record(LocationModel, Recorded):
    """A record of a custom object. `name` and `search_text` follow from its values: see `objects.records`."""

    NOUN = "record"
    UNRECORDED = frozenset({"date_updated", "name", "search_text", "updated_by_id", "updated_via"})

    schema = models.ForeignKey(ObjectSchema, models.CASCADE, related_name="+", db_index=False)
    name = models.TextField(blank=True, default="", editable=False)  # the primary display property
    custom = models.JSONField(default=dict, blank=True)  # {custom field id: value}
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    followers = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    search_text = models.TextField(blank=True, default="", editable=False)
    created_by = models.CharField(max_length=200, blank=True, default="")
    created_by_id = models.CharField(max_length=60, blank=True, default="")
    created_via = models.CharField(max_length=12, blank=True, default="")
    updated_by_id = models.CharField(max_length=60, blank=True, default="")
    updated_via = models.CharField(max_length=12, blank=True, default="")
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    name_folded = models.GeneratedField(
        expression=FoldedStart(F("name")), output_field=models.TextField(db_collation="C"), db_persist=True
    )
    search = models.GeneratedField(
        expression=Folded(F("search_text")), output_field=models.TextField(), db_persist=True
    )

    objects = RecordedManager.from_queryset(RecordQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["schema", "-date_added", "-id"], name="record_newest", condition=Q(deleted_at=None)),
            models.Index(
                fields=["schema", "-date_updated", "-id"], name="record_changed", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["schema", "name_folded", "id"], name="record_by_name", condition=Q(deleted_at=None)),
            models.Index(
                fields=["owner", "id"], name="record_by_owner", condition=Q(deleted_at=None, owner__isnull=False)
            ),
            models.Index(
                fields=["schema", "-deleted_at", "-id"], name="record_trash", condition=Q(deleted_at__isnull=False)
            ),
            GinIndex(F("schema"), F("followers"), OpClass(F("custom"), name="jsonb_path_ops"), name="record_sets"),
            GinIndex(F("schema"), OpClass(F("search"), name="gin_trgm_ops"), name="record_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(followers__len__lte=MOST_FOLLOWERS), name="record_at_most_ten_followers")
        ]

    def __str__(self) -> str:
        return self.name or "Record without a name"

    @property
    def is_trashed(self) -> bool:
        return self.deleted_at is not None

    def may_change_owner(self, actor: Any) -> bool:
        """A restricted user who merely follows may not hand the record to somebody else."""
        return bool(actor.sees_everything or self.owner_id == actor.id)

    @locked
    def assign_to(self, user_id: str | None) -> None:
        """Give the record to an owner, or to nobody. An owner is no longer a follower."""
        followers = [held for held in self.followers if held != user_id]
        self.change("record.assigned", facts={"name": str(self)}, owner=user_id, followers=followers)

    @locked
    def follow(self, user_ids: Iterable[str]) -> None:
        """Add followers; the owner and present followers are passed over.

        Raises:
            LimitReached: there would be more than ten; nobody is added.
        """
        added = [user for user in dict.fromkeys(user_ids) if user not in self.followers and user != self.owner_id]
        if len(self.followers) + len(added) > MOST_FOLLOWERS:
            raise LimitReached(f"A record can have {MOST_FOLLOWERS} followers.")
        if added:
            self.change("record.followed", facts={"users": added}, followers=[*self.followers, *added])

    @locked
    def unfollow(self, user_ids: Iterable[str]) -> None:
        """Remove followers."""
        gone = set(user_ids) & set(self.followers)
        if gone:
            kept = [held for held in self.followers if held not in gone]
            self.change("record.unfollowed", facts={"users": sorted(gone)}, followers=kept)

    @locked
    def trash(self) -> None:
        """Move to the trash for thirty days; does nothing when it is there."""
        if not self.is_trashed:
            by = scope.current().actor.name[:200]
            self.change("record.deleted", facts={"name": str(self)}, deleted_at=clock.now(), deleted_by=by)

    @locked
    def restore(self) -> None:
        """Take out of the trash.

        Raises:
            Refused: thirty days have passed.
        """
        if not self.is_trashed:
            return
        if self.deleted_at < clock.now() - KEPT_FOR:
            raise Refused(TOO_LATE)
        self.change("record.restored", facts={"name": str(self)}, deleted_at=None, deleted_by="")
