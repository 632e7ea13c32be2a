"""Handing entries to their readers, at least once."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import transaction

from core import clock, scope
from journal import verbs
from journal.models import Entry

log = logging.getLogger(__name__)
BATCH = 500
PATIENT: dict[str, Any] = {
    "acks_late": True,
    "reject_on_worker_lost": True,
    "autoretry_for": (Exception,),
    "retry_backoff": True,
    "retry_backoff_max": 600,
    "max_retries": 8,
    "soft_time_limit": 110,
    "time_limit": 120,
}


@shared_task(name="journal.hand_over", acks_late=True, soft_time_limit=110, time_limit=120)
def hand_over(entry_ids: list[str] | None = None) -> int:
    """Queue one task per entry and interested reader, run the readers of batches, then mark the entries.

    Without ids: whatever waits. A crash in between does it all again: readers are harmless to repeat.
    """
    done = 0
    while True:
        with transaction.atomic():
            waiting = Entry.objects.everywhere(reason="handing over after commit").filter(handed_over_at=None)
            if entry_ids:
                waiting = waiting.filter(pk__in=entry_ids)
            entries = list(waiting.order_by("pk").select_for_update(skip_locked=True)[:BATCH])
            written = {entry.verb for entry in entries}
            for reader in verbs.READERS.values():
                read = {verb for verb in written if reader.wants(verb)}
                wanted = [entry for entry in entries if entry.verb in read]
                if reader.is_batch:
                    _hand_batches(reader, wanted)
                    continue
                for entry in wanted:
                    run_reader.apply_async([reader.name, entry.pk])
            Entry.objects.everywhere(reason="handing over after commit").filter(
                pk__in=[entry.pk for entry in entries]
            ).update(handed_over_at=clock.now())
        done += len(entries)
        if len(entries) < BATCH:
            return done


def _hand_batches(reader: verbs.Reader, entries: list[Entry]) -> None:
    """Run the reader for each location. A failure undoes only its own work and is tried again as a task.

    Locations come in one order, so that two hand-overs cannot wait for each other.
    """
    places: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        places.setdefault((entry.company_id or "", entry.location_id or ""), []).append(entry)
    for company, place in sorted(places):
        batch = places[company, place]
        with scope.fresh(company_id=company or None, location_id=place or None, via="task"):
            try:
                with transaction.atomic():
                    if reader.here is None or reader.here():
                        reader.function(batch)
            except Exception:
                log.exception("%s failed on %s entries and is tried again", reader.name, len(batch))
                run_batch.apply_async([reader.name, [entry.pk for entry in batch]])


@shared_task(name="journal.run_batch", **PATIENT)
def run_batch(name: str, entry_ids: list[str]) -> None:
    """Run a reader of batches on entries of one location, after it failed once."""
    every = Entry.objects.everywhere(reason="a reader works in the entries' own location")
    entries = list(every.filter(pk__in=entry_ids).order_by("pk"))
    if entries:
        first = entries[0]
        with (
            scope.fresh(company_id=first.company_id, location_id=first.location_id, via="task"),
            transaction.atomic(),
        ):
            verbs.READERS[name].function(entries)


@shared_task(name="journal.run_reader", **PATIENT)
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
