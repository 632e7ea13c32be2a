"""Emptying the trash of opportunities and pipelines."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.models.location import working
from contacts.models.trash import KEPT_FOR
from core import clock, scope
from opportunities import trash
from opportunities.models import Opportunity, Pipeline

TURN = 200.0  # seconds


@shared_task(soft_time_limit=250, time_limit=300)
def empty() -> int:
    """Delete for good what has been in the trash for thirty days, location by location. Returns how many rows."""
    until = time.monotonic() + TURN
    count = 0
    while time.monotonic() < until:
        oldest = _oldest()
        if oldest is None:
            break
        with scope.fresh(company_id=oldest.location.company_id, location_id=oldest.location_id):
            purged = trash.purge()
        if not purged:
            break  # somebody else has them in hand
        count += purged
    return count


def _oldest() -> Opportunity | Pipeline | None:
    before = clock.now() - KEPT_FOR
    rows = Opportunity.objects.everywhere(reason="thirty days are the same everywhere").filter(
        working(), deleted_at__lt=before
    )
    pipelines = Pipeline.objects.everywhere(reason="thirty days are the same everywhere").filter(
        working(), deleted_at__lt=before, opportunities=None
    )
    found: Opportunity | Pipeline | None = (
        rows.select_related("location").order_by("deleted_at").first()
        or pipelines.select_related("location").order_by("deleted_at").first()
    )
    return found
