"""Emptying the trash of opportunities and pipelines."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.sweeping import sweep
from contacts.models.trash import KEPT_FOR
from core import clock
from opportunities import trash
from opportunities.models import Opportunity, Pipeline

TURN = 200.0  # seconds


@shared_task(soft_time_limit=250, time_limit=300)
def empty() -> int:
    """Delete for good what has been in the trash for thirty days, location by location. Returns how many rows."""
    before = clock.now() - KEPT_FOR
    deals = Opportunity.objects.everywhere(reason="thirty days are the same everywhere").filter(deleted_at__lt=before)
    pipelines = Pipeline.objects.everywhere(reason="thirty days are the same everywhere").filter(
        deleted_at__lt=before, opportunities=None
    )
    return sweep([deals, pipelines], lambda _: trash.purge(), time.monotonic() + TURN)
