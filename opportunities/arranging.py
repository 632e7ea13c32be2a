"""Places of cards among the cards of their stage: lowest first, of equal ones the newest."""

from __future__ import annotations

import math

from django.db import connection, transaction
from django.db.models import Q

from core import scope
from core.errors import Invalid
from opportunities.models import Opportunity

NARROWEST = 1e-6  # between two neighbours; below it the cards of the stage are numbered anew


@transaction.atomic
def behind(stage_id: str, above: str, moving: str) -> float:
    """The position right behind the card `above`, or at the top when that is "" or no card of the stage.

    Where there is no room between two neighbours, the stage is numbered anew first: one statement.
    """
    found = _between(stage_id, above, moving)
    if found is None:
        _number(stage_id)
        found = _between(stage_id, above, moving)
    return 0.0 if found is None else found


def _between(stage_id: str, above: str, moving: str) -> float | None:
    cards = Opportunity.objects.live().filter(stage_id=stage_id).exclude(pk=moving).order_by("position", "-pk")
    upper = cards.filter(pk=above).values_list("position", "pk").first() if above else None
    if upper is None:
        first = cards.values_list("position", flat=True).first()
        return 0.0 if first is None else first - 1
    below = cards.filter(Q(position__gt=upper[0]) | Q(position=upper[0], pk__lt=upper[1]))
    lower = below.values_list("position", flat=True).first()
    if lower is None:
        return float(upper[0]) + 1
    return (upper[0] + lower) / 2 if lower - upper[0] > NARROWEST else None


def _number(stage_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE opportunities_opportunity card SET position = numbered.place
            FROM (
                SELECT id, row_number() OVER (ORDER BY position, id DESC) AS place
                FROM opportunities_opportunity
                WHERE location_id = %(location)s AND stage_id = %(stage)s AND deleted_at IS NULL
            ) AS numbered
            WHERE card.id = numbered.id AND card.position <> numbered.place
            """,
            {"location": scope.location_id(), "stage": stage_id},
        )


def position_from(text: str) -> float:
    """A position as an undo carries it.

    Raises:
        Invalid: it is none.
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or abs(found) > 1e15:
        raise Invalid({"position": "There is no such place."})
    return found
