"""Handing entries to their readers, at least once."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction

from core import clock, scope
from journal import verbs
from journal.models import Entry

log = logging.getLogger(__name__)
BATCH = 500


@shared_task(name="journal.hand_over", acks_late=True, soft_time_limit=110, time_limit=120)
def hand_over(entry_ids: list[str] | None = None) -> int:
    """Queue one task per entry and interested reader, then mark the entries. Without ids: whatever waits.

    A crash between queueing and marking queues again: readers are harmless to repeat.
    """
    done = 0
    while True:
        with transaction.atomic():
            waiting = Entry.objects.everywhere(reason="handing over after commit").filter(handed_over_at=None)
            if entry_ids:
                waiting = waiting.filter(pk__in=entry_ids)
            entries = list(waiting.order_by("pk").select_for_update(skip_locked=True)[:BATCH])
            for entry in entries:
                for reader in verbs.READERS.values():
                    if reader.wants(entry.verb):
                        run_reader.apply_async([reader.name, entry.pk])
            Entry.objects.everywhere(reason="handing over after commit").filter(
                pk__in=[entry.pk for entry in entries]
            ).update(handed_over_at=clock.now())
        done += len(entries)
        if len(entries) < BATCH:
            return done


@shared_task(
    name="journal.run_reader",
    acks_late=True,
    reject_on_worker_lost=True,
    autoretry_for=(Exception,),
    retry_backoff=True,
    retry_backoff_max=600,
    max_retries=8,
    soft_time_limit=110,
    time_limit=120,
)
def run_reader(name: str, entry_id: str) -> None:
    """Run one reader on one entry, in the entry's location, as the system, one step deeper."""
    entry = Entry.objects.everywhere(reason="a reader works in the entry's own location").get(pk=entry_id)
    with scope.fresh(
        company_id=entry.company_id,
        location_id=entry.location_id,
        cause_id=entry.pk,
        depth=entry.depth + 1,
        via="task",
    ):
        verbs.READERS[name].function(entry)
