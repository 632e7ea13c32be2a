"""Looking at domains: those whose turn it is, and those somebody asks for."""

from __future__ import annotations

from accounts import current
from core import clock, scope
from core.tasks import task
from domains import checking
from domains.models import Domain

MOST_AT_ONCE = 500


@task
def check(pk: str, by_clock: bool = False) -> None:
    """Look at one domain of the location in scope."""
    checking.check(pk, by_clock=by_clock)


@task
def look() -> int:
    """Start a look at every domain whose turn it is, the longest waiting first. Returns how many, at most 500."""
    now, count = clock.now(), 0
    waiting = Domain.objects.everywhere(reason="the clock is the same everywhere").due(now)
    rows = waiting.filter(location__is_active=True).select_related("location").order_by("next_check_at")
    for row in rows[:MOST_AT_ONCE]:
        with scope.fresh(), current.at(row.location, via="task"):
            if row.next_check_at is not None and Domain.objects.claim(row.pk, row.next_check_at, now):
                check.apply_async([row.pk, True])
                count += 1
    return count
