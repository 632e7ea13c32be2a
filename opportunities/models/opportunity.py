from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When

from accounts import current
from contacts.models import Business, Contact
from core import clock, scope
from core.errors import Invalid, Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked
from opportunities.models.pipeline import LostReason, Pipeline, Stage

STATUSES = [("open", "Open"), ("won", "Won"), ("lost", "Lost"), ("abandoned", "Abandoned")]
CATEGORIES = [("commit", "Commit"), ("best_case", "Best case"), ("pipeline", "Pipeline"), ("omitted", "Omitted")]
MOST_FOLLOWERS = 10
MOST_PARTICIPANTS = 10
VALUES = "opportunities.values"  # the ability to see money


class OpportunityQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Not in the trash, nor its pipeline or contact."""
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Any) -> Self:
        """What lies in a pipeline that `actor` sees; of that, a restricted user sees what they own or follow."""
        if actor.is_admin or actor.kind != "user":
            return self
        rows = self.filter(pipeline__in=Pipeline.objects.visible_to(actor).order_by().values("pk"))
        if actor.sees_everything:
            return rows
        return rows.filter(Q(assigned_to_id=actor.id) | Q(followers__contains=[actor.id]))

    def trashed(self) -> Self:
        """In the trash, alone or with a contact or pipeline."""
        return self.filter(deleted_at__isnull=False)

    def search(self, text: str) -> Self:
        """Those that have every word of `text` in their name, or whose contact is one the actor finds by all of them."""
        words = text.replace("\x00", "").split()[:8]
        if not words:
            return self
        named = Q()
        for word in words:
            named &= Q(name__icontains=word[:75])
        return self.filter(
            named | Q(contact__in=Contact.objects.live().visible_to(scope.current().actor).search(text).values("pk"))
        )

    def with_probability(self) -> Self:
        """Adds `effective`, per cent: 100 when won, 0 when lost or abandoned, else its own or its stage's."""
        return self.annotate(
            effective=Case(
                When(status="won", then=Value(100)),
                When(status__in=["lost", "abandoned"], then=Value(0)),
                When(pipeline__own_probability=True, probability__isnull=False, then=F("probability")),
                default=F("stage__probability"),
                output_field=models.PositiveSmallIntegerField(),
            )
        )


class Opportunity(LocationModel, Recorded):
    """A possible sale to a contact, somewhere in a pipeline. Its status is independent of its stage."""

    NOUN = "opportunity"
    UNRECORDED = frozenset({"date_updated", "last_action_at"})

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="opportunities", db_index=False)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", db_index=False)
    status = models.CharField(max_length=10, default="open", choices=STATUSES)
    lost_reason = models.ForeignKey(LostReason, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    value_cents = models.BigIntegerField(default=0)  # of the location's currency
    expected_close_on = models.DateField(null=True, blank=True)
    original_close_on = models.DateField(null=True, blank=True, editable=False)
    close_slips = models.PositiveIntegerField(default=0, editable=False)  # how often the date moved to later
    close_slipped_days = models.PositiveIntegerField(default=0, editable=False)
    close_slipped_at = models.DateTimeField(null=True, blank=True, editable=False)
    probability = models.PositiveSmallIntegerField(null=True, blank=True)  # its own, per cent
    forecast_category = models.CharField(max_length=10, default="pipeline", choices=CATEGORIES)
    assigned_to = models.ForeignKey(
        "accounts.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    followers = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # ids of contacts.Tag
    source = models.CharField(max_length=200, blank=True, default="")
    business = models.ForeignKey(Business, models.SET_NULL, null=True, blank=True, related_name="+")
    custom = models.JSONField(default=dict, blank=True)  # {custom field id: value}
    position = models.FloatField(default=0)  # place among the cards of a stage; lowest first
    stage_changed_at = models.DateTimeField(default=clock.now, editable=False)
    status_changed_at = models.DateTimeField(default=clock.now, editable=False)
    last_action_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    deleted_with = models.CharField(max_length=20, blank=True, default="", editable=False)  # contact or pipeline id
    created_by = models.CharField(max_length=200, blank=True, default="")
    created_via = models.CharField(max_length=12, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(OpportunityQuerySet)()

    class Meta:
        verbose_name_plural = "opportunities"
        indexes = [
            models.Index(
                fields=["stage", "status", "position", "-id"], name="opportunity_board", condition=Q(deleted_at=None)
            ),
            models.Index(
                fields=["location", "-date_added", "-id"], name="opportunity_newest", condition=Q(deleted_at=None)
            ),
            models.Index(fields=["location", "-date_updated", "-id"], name="opportunity_changed"),
            models.Index(fields=["contact", "id"], name="opportunity_by_contact"),
            models.Index(
                fields=["location", "assigned_to", "-id"],
                name="opportunity_by_owner",
                condition=Q(deleted_at=None, assigned_to__isnull=False),
            ),
            models.Index(
                fields=["location", "expected_close_on", "id"],
                name="opportunity_by_close",
                condition=Q(deleted_at=None, expected_close_on__isnull=False),
            ),
            models.Index(
                fields=["location", "-deleted_at", "-id"],
                name="opportunity_trash",
                condition=Q(deleted_at__isnull=False),
            ),
            GinIndex(F("location"), F("tags"), F("followers"), name="opportunity_sets"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(value_cents__gte=0), name="opportunity_value_not_negative"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__lte=100), name="opportunity_probability_per_cent"
            ),
            models.CheckConstraint(condition=Q(followers__len__lte=MOST_FOLLOWERS), name="opportunity_ten_followers"),
            models.CheckConstraint(
                condition=Q(lost_reason=None) | Q(status="lost"), name="opportunity_reason_only_when_lost"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def remark_on_merge(cls, contact_ids: Iterable[str]) -> str:
        """What to say where one contact would then have several open opportunities in a pipeline, or ""."""
        if current.location().allow_duplicate_opportunities:
            return ""
        open_ = cls.objects.live().filter(contact__in=list(contact_ids), status="open").order_by()
        several = open_.values("pipeline__name").annotate(number=models.Count("pk")).filter(number__gt=1)
        names = sorted(several.values_list("pipeline__name", flat=True)[:5])
        return f"More than one open opportunity in {', '.join(names)}: all are kept." if names else ""

    @property
    def value(self) -> Decimal:
        """In whole units of the location's currency. For pages and answers use `value_for`."""
        return Decimal(self.value_cents) / 100

    def may_change_owner(self, actor: Any) -> bool:
        """A restricted user who merely follows may not hand the opportunity to somebody else."""
        return bool(actor.sees_everything or self.assigned_to_id == actor.id)

    @property
    def is_stale(self) -> bool:
        """Open, and in its stage for longer than the stage's threshold."""
        most = self.stage.stale_after_days
        return self.status == "open" and bool(most) and clock.now() - self.stage_changed_at >= dt.timedelta(days=most)

    @property
    def is_closed(self) -> bool:
        return self.status != "open"

    @property
    def effective_probability(self) -> int:
        """Per cent: 100 when won, 0 when lost or abandoned, else its own where the pipeline says so, or its stage's."""
        if self.status != "open":
            return 100 if self.status == "won" else 0
        if self.pipeline.own_probability and self.probability is not None:
            return self.probability
        return self.stage.probability

    @property
    def weighted_cents(self) -> int:
        """Value times effective probability, in cents, rounded half up."""
        return (self.value_cents * self.effective_probability + 50) // 100

    @locked
    def move_to(self, stage: Stage, position: float | None = None) -> None:
        """Put into a stage, of this pipeline or another, at a place among its cards (last when None).

        Raises:
            Invalid: the stage is none of this location. Refused: an automation may not take it back out of its stage.
        """
        if stage.location_id != self.location_id:
            raise Invalid({"stage": "there is no such stage"})
        if scope.current().via == "workflow" and self._goes_back(stage):
            raise Refused(f"Automations may not move opportunities back out of {self.stage}.")
        place = position
        if place is None and stage.pk != self.stage_id:
            last = Opportunity.objects.live().filter(stage=stage).order_by("-position").first()
            place = last.position + 1 if last else 0
        moved: dict[str, Any] = {"position": place} if place is not None else {}
        if stage.pk == self.stage_id:
            if moved:
                self.change("opportunity.arranged", **moved)
            return
        before = Stage.objects.filter(pk=self.stage_id).first()
        now = clock.now()
        self.change(
            "opportunity.stage_changed",
            facts={"from": str(before or ""), "to": stage.name, "name": self.name},
            stage=stage,
            pipeline=stage.pipeline_id,
            stage_changed_at=now,
            last_action_at=now,
            **moved,
        )

    def _goes_back(self, stage: Stage) -> bool:
        here = self.stage
        if here.allows_going_back or stage.pipeline_id != here.pipeline_id:
            return False
        return (stage.position, stage.pk) < (here.position, here.pk)

    @locked
    def set_status(self, status: str, lost_reason: LostReason | None = None) -> None:
        """Open, win, lose or abandon. Reopening clears the lost reason; the journal keeps it. Losing again without a
        reason keeps the one that is there.

        Raises:
            Invalid: an unknown status, or no reason where the location wants one.
        """
        check_status(status)
        if status == self.status and (status != "lost" or lost_reason is None or lost_reason.pk == self.lost_reason_id):
            return
        check_reason(status, lost_reason)
        now = clock.now()
        self.change(
            "opportunity.status_changed",
            facts={"status": status, "reason": str(lost_reason or ""), "name": self.name},
            status=status,
            lost_reason=lost_reason if status == "lost" else None,
            status_changed_at=now if status != self.status else self.status_changed_at,
            last_action_at=now,
        )

    @locked
    def reschedule(self, day: dt.date | None) -> None:
        """Set the expected close date; a move to a later day counts as a slip of that many days."""
        if day == self.expected_close_on:
            return
        slipped: dict[str, Any] = {}
        if self.original_close_on is None:
            slipped["original_close_on"] = day
        elif day and self.expected_close_on and day > self.expected_close_on:
            slipped = {
                "close_slips": self.close_slips + 1,
                "close_slipped_days": self.close_slipped_days + (day - self.expected_close_on).days,
                "close_slipped_at": clock.now(),
            }
        self.change("opportunity.rescheduled", expected_close_on=day, **slipped)


class Participant(LocationModel):
    """A further contact of an opportunity; automations act on the primary one only."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="participants", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["opportunity", "contact"], name="participant_once")]

    @staticmethod
    def repeated_in_merge(contact_ids: Iterable[str]) -> Q:
        """Rows of contacts that become the opportunity's own primary one; see contacts.merging.moving."""
        return Q(opportunity__contact__in=list(contact_ids))


def check_status(status: str) -> None:
    """Refuse a word that is no status.

    Raises:
        Invalid: it is none.
    """
    if status not in dict(STATUSES):
        raise Invalid({"status": f"status must be one of the following values: {', '.join(dict(STATUSES))}"})


def check_reason(status: str, lost_reason: LostReason | None) -> None:
    """Refuse to lose without a reason where the location wants one.

    Raises:
        Invalid: the reason is missing.
    """
    if status == "lost" and lost_reason is None and current.location().lost_reason_required:
        raise Invalid({"lost_reason": "say why it was lost"})


def may_see_values(actor: Any) -> bool:
    """Whether money is shown to `actor`. Tokens act for the location, not for a person."""
    return actor.kind != "user" or bool(actor.may(VALUES))


def value_for(opportunity: Opportunity, actor: Any) -> Decimal | None:
    """The value in whole units of the currency, or None for those who may not see it."""
    return opportunity.value if may_see_values(actor) else None
