from __future__ import annotations

import datetime as dt

from django.db import models

from billing import limits
from core import clock, scope
from core.errors import Refused
from journal.recorded import locked

KEPT_FOR = dt.timedelta(days=30)
ERASED = "erased"  # in `merged_into`: a nameless row that stays for the deals of somebody who was erased


class Trashable(models.Model):
    """Deleting moves to the trash for thirty days; notes and tasks stay on the row and come back with it."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    merged_into = models.CharField(  # the contact it was folded into; it then counts as deleted and is in no trash
        max_length=20, blank=True, default="", editable=False, db_collation="C"
    )

    class Meta:
        abstract = True

    @property
    def is_trashed(self) -> bool:
        return self.deleted_at is not None

    @locked
    def trash(self) -> None:
        """Move to the trash; does nothing when it is there."""
        if not self.is_trashed:
            limits.give_back("contacts")
            self.change(
                "contact.deleted",
                facts={"name": str(self)},
                deleted_at=clock.now(),
                deleted_by=scope.current().actor.name[:200],
            )

    @locked
    def restore(self) -> None:
        """Take out of the trash.

        Raises:
            Refused: thirty days have passed. LimitReached: the plan allows no more contacts.
        """
        if not self.is_trashed:
            return
        if self.deleted_at < clock.now() - KEPT_FOR:
            raise Refused("Deleted more than 30 days ago: it can no longer be recovered.")
        limits.take("contacts")
        self.change("contact.restored", deleted_at=None, deleted_by="")
