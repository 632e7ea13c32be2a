"""Emptying the trash of every location by the clock, one location after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from accounts.models.location import working
from core import scope


def sweep(trashed: Sequence[Any], purge: Callable[[Any], int], until: float) -> int:
    """Purge location by location, the one with the oldest row first, until nothing is left or the time is over.

    A location that may not be written to is left out: what is refused there must keep no other waiting.

    Args:
        trashed: querysets of what is due in all locations; a later one has its turn when those before it are empty.
        purge: deletes what is due in the location in scope, or the row it is given; answers how many, 0 when somebody
            else has them in hand.
        until: when to stop, by `time.monotonic()`.

    Returns:
        How many rows went.
    """
    oldest_first = [rows.filter(working()).select_related("location").order_by("deleted_at") for rows in trashed]
    count = 0
    while time.monotonic() < until:
        oldest = next((row for rows in oldest_first if (row := rows.all().first()) is not None), None)
        if oldest is None:
            break
        with scope.fresh(company_id=oldest.location.company_id, location_id=oldest.location_id):
            purged = purge(oldest)
        if not purged:
            break
        count += purged
    return count
