from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import Team
from core import clock
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet

COLOURS = [("dot", "Dot"), ("bg-tint", "Tint"), ("none", "None")]


class PipelineQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Any) -> Self:
        """Admins see all; others those open to everybody, to themselves or to a team of theirs. No query of its own."""
        if actor.is_admin or actor.kind != "user":
            return self
        teams = ArraySubquery(Team.objects.filter(members__contains=[actor.id]).order_by().values("pk"))
        return self.filter(Q(people=[], teams=[]) | Q(people__contains=[actor.id]) | Q(teams__overlap=teams))


class Pipeline(LocationModel, Recorded):
    """An ordered way from first interest to a decision. `people` and `teams` narrow who sees it; both empty: everybody."""

    NOUN = "pipeline"

    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    colour_mode = models.CharField(max_length=10, default="dot", choices=COLOURS)
    show_in_funnel = models.BooleanField(default=True)
    show_in_pie_chart = models.BooleanField(default=True)
    own_probability = models.BooleanField("opportunities have their own probability", default=False)
    people = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # user ids
    teams = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(PipelineQuerySet)()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "position", "id"], name="pipeline_by_location")]

    def __str__(self) -> str:
        return self.name


class Stage(LocationModel, Recorded):
    """A step of a pipeline."""

    NOUN = "stage"

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", db_index=False)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    colour = models.CharField(max_length=20, blank=True, default="")  # a tint of the palette: tint-0 to tint-7
    probability = models.PositiveSmallIntegerField(default=0)  # per cent
    stale_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    allows_going_back = models.BooleanField(default=True)  # automations may move an opportunity back out of it
    allows_duplicates = models.BooleanField(null=True, blank=True)  # None: as the location has it
    show_in_funnel = models.BooleanField(default=True)
    show_in_pie_chart = models.BooleanField(default=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["pipeline", "position", "id"], name="stage_by_pipeline")]
        constraints = [models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_per_cent")]

    def __str__(self) -> str:
        return self.name


class LostReason(LocationModel, Recorded):
    """Why deals are lost, as the location lists it."""

    NOUN = "lost_reason"

    name = models.CharField(max_length=100)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(F("location"), Lower("name"), name="lost_reason_name")]

    def __str__(self) -> str:
        return self.name
