"""Emptying the trash of companies."""

from __future__ import annotations

import time

from celery import shared_task

from accounts.sweeping import sweep
from contacts import companies
from contacts.models import Business
from contacts.models.trash import KEPT_FOR
from core import clock

TURN = 100.0  # seconds


@shared_task(soft_time_limit=150, time_limit=200)
def empty() -> int:
    """Delete for good the companies that have been in the trash for thirty days. Returns how many."""
    old = Business.objects.everywhere(reason="thirty days are the same everywhere")
    due = {"deleted_at__lt": clock.now() - KEPT_FOR}
    return sweep(
        [old.filter(**due)],
        lambda _: companies.purge(Business.objects.trashed().filter(**due)),
        time.monotonic() + TURN,
    )
