"""What the stages of a pipeline hold, added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Cast, Coalesce

from core import scope
from opportunities.models import Opportunity, Pipeline, may_see_values

WHOLE = BigIntegerField()
WEIGHTED = (Cast("value_cents", WHOLE) * Cast("effective", WHOLE) + Value(50)) / Value(100)  # cents, rounded half up


@dataclass(frozen=True)
class StageTotals:
    """Sums in cents; None for those who may not see values."""

    count: int = 0
    open: int = 0
    won: int = 0
    total: int | None = 0
    weighted: int | None = 0
    open_weighted: int | None = 0


def stage_totals(pipeline: Pipeline, rows: Any = None) -> dict[str, StageTotals]:
    """{stage id: totals} of the stages that hold anything. One query.

    Args:
        rows: the opportunities that count; all live ones that the actor sees when None.
    """
    actor = scope.current().actor
    found = Opportunity.objects.live().visible_to(actor) if rows is None else rows
    weighted = found.filter(pipeline=pipeline).order_by().with_probability().annotate(weight=WEIGHTED)
    open_weight = Case(When(status="open", then=F("weight")), default=Value(0), output_field=WHOLE)
    sums = weighted.values("stage_id").annotate(
        number=Count("pk"),
        open_number=Count("pk", filter=Q(status="open")),
        won_number=Count("pk", filter=Q(status="won")),
        cents=Coalesce(Sum(Cast("value_cents", WHOLE)), 0, output_field=WHOLE),
        weight_sum=Coalesce(Sum("weight"), 0, output_field=WHOLE),
        open_weight_sum=Coalesce(Sum(open_weight), 0, output_field=WHOLE),
    )
    sees = may_see_values(actor)
    return {
        row["stage_id"]: StageTotals(
            row["number"],
            row["open_number"],
            row["won_number"],
            row["cents"] if sees else None,
            row["weight_sum"] if sees else None,
            row["open_weight_sum"] if sees else None,
        )
        for row in sums
    }
