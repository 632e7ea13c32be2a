"""Conditions of smart lists on the opportunities of a contact; those of one group hold for the same opportunity."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import BigIntegerField, F, Value

from accounts import current
from accounts import names as people
from accounts.models import User
from contacts.filters import related
from contacts.filters.fields import Field
from contacts.filters.sources import MOST_OPTIONS, Source, of_model
from core import scope
from opportunities.models import LostReason, Opportunity, Pipeline, Stage, may_see_values
from opportunities.models.opportunity import STATUSES

CATEGORY = "Opportunities"


def rows() -> Any:
    """The opportunities that the actor sees. `seen_value` is empty for those who may not see values."""
    actor = scope.current().actor
    if not actor.may("opportunities.readonly"):
        return Opportunity.objects.none()
    seen = F("value_cents") if may_see_values(actor) else Value(None, output_field=BigIntegerField())
    return Opportunity.objects.live().visible_to(actor).annotate(seen_value=seen)


def _pipelines() -> Any:
    return Pipeline.objects.live().visible_to(scope.current().actor)


def _pipeline_names(wanted: Collection[str]) -> dict[str, str]:
    return dict(Pipeline.objects.live().filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _pipeline_options() -> list[tuple[str, str]]:
    return list(_pipelines().values_list("pk", "name")[:MOST_OPTIONS])


def _stage_names(wanted: Collection[str]) -> dict[str, str]:
    found = Stage.objects.filter(pk__in=wanted, pipeline__deleted_at=None).values_list("pk", "pipeline__name", "name")
    return {pk: f"{pipeline}: {name}" for pk, pipeline, name in found} if wanted else {}


def _stage_options() -> list[tuple[str, str]]:
    found = Stage.objects.filter(pipeline__in=_pipelines().order_by().values("pk"))
    ordered = found.order_by("pipeline__position", "pipeline_id", "position", "pk")
    held = ordered.values_list("pk", "pipeline__name", "name")[:MOST_OPTIONS]
    return [(pk, f"{pipeline}: {name}") for pk, pipeline, name in held]


def _owner_options() -> list[tuple[str, str]]:
    found = User.objects.working_at(current.location().pk)[:MOST_OPTIONS]
    return [("me", "Me"), ("unassigned", "Nobody"), *((row.pk, row.name or row.email) for row in found)]


PIPELINES = Source("pipeline", _pipeline_names, _pipeline_options)
STAGES = Source("stage", _stage_names, _stage_options)
OWNERS = Source("user", people.of_users, _owner_options)
REASONS = of_model(LostReason, "lost reason")
FIELDS = (
    Field("opportunity.pipeline", "Pipeline", CATEGORY, "ref", "pipeline_id", source=PIPELINES),
    Field("opportunity.stage", "Stage", CATEGORY, "ref", "stage_id", source=STAGES),
    Field("opportunity.status", "Opportunity status", CATEGORY, "choice", "status", choices=tuple(STATUSES)),
    Field("opportunity.value", "Opportunity value", CATEGORY, "number", "seen_value", scale=100),
    Field("opportunity.owner", "Opportunity owner", CATEGORY, "person", "assigned_to_id", source=OWNERS),
    Field("opportunity.lostReason", "Lost reason", CATEGORY, "ref", "lost_reason_id", source=REASONS),
    Field("opportunity.expectedClose", "Expected close", CATEGORY, "date", "expected_close_on"),
)
ON_WIRE = {
    "pipelineId": "opportunity.pipeline",
    "pipelineStageId": "opportunity.stage",
    "status": "opportunity.status",
}


def register() -> None:
    """Called in AppConfig.ready()."""
    if "opportunity" not in related.RELATED:
        related.register(
            related.Related("opportunity", "Opportunity", rows, FIELDS, wire="opportunities", wire_fields=ON_WIRE)
        )
