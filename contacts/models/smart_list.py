from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

DEFAULT_COLUMNS = ["name", "phone", "email", "tags", "assignedTo", "lastActivity"]


def default_columns() -> list[str]:
    return list(DEFAULT_COLUMNS)


class SmartListQuerySet(RecordedQuerySet):
    def visible_to(self, actor: Any) -> Self:
        """A person's own lists and those shared with everyone."""
        return self.filter(models.Q(owner_id=actor.user_id) | models.Q(is_shared=True))


class SmartList(LocationModel, Recorded):
    """A saved query over contacts, evaluated live: filters, columns, order and page size."""

    NOUN = "smart_list"

    name = models.CharField(max_length=100)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    is_shared = models.BooleanField(default=False)
    filters = models.JSONField(default=list, blank=True)  # the tree of contacts.filters
    columns = ArrayField(models.CharField(max_length=60), default=default_columns)
    sort = models.CharField(max_length=70, default="-dateAdded")
    page_size = models.PositiveSmallIntegerField(default=50)
    position = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(SmartListQuerySet)()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "position", "id"], name="smart_list_by_location")]

    def __str__(self) -> str:
        return self.name

    def may_edit(self, actor: Any) -> bool:
        return actor.is_admin or self.owner_id == actor.user_id
