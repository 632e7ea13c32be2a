from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager


class Team(LocationModel, Recorded):
    """People of a location who work the same contacts: what a team owns, each of its members sees and works."""

    NOUN = "team"

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True, default="")
    members = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # user ids
    leaders = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # user ids, members too
    parent = models.ForeignKey("self", models.SET_NULL, related_name="parts", null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [GinIndex(fields=["members"], name="team_by_member")]
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="team_name")]

    def __str__(self) -> str:
        return self.name
