"""By the clock: repeating tasks, tasks that become due, and the files nobody refers to any more."""

from __future__ import annotations

import datetime as dt
import logging
import time
from functools import partial

from celery import shared_task
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import current
from accounts.models import Location
from accounts.models.location import working
from accounts.sweeping import sweep
from contacts import attachments, documents, recurring
from contacts.models import Contact, Document, RecurringTask, Task
from contacts.models.trash import KEPT_FOR
from core import clock, ids, scope
from journal.models import Entry
from journal.recorded import quietly
from journal.writing import write_selected

log = logging.getLogger(__name__)
TURN = 200.0  # seconds
LATE = dt.timedelta(days=7)  # what became due longer ago is told to nobody: the clock stood still meanwhile
WINDOW = dt.timedelta(days=7)  # how long after thirty days a cleared file is looked for, should runs be missed

DUE = """
SELECT t.id AS subject_id, t.contact_id, '{}'::jsonb AS changes,
    jsonb_build_object('title', t.title, 'assigned_to', t.assigned_to_id, 'due_at', t.due_at) AS facts
FROM contacts_task t WHERE t.id = ANY(%s) AND t.location_id = %s
"""


@shared_task(name="contacts.make_recurring", soft_time_limit=250, time_limit=300)
def generate() -> int:
    """Make the tasks of every rule whose next occurrence has come. Returns how many tasks; a rule that fails is left
    for the next run and keeps nobody waiting."""
    until, count, seen = time.monotonic() + TURN, 0, set()
    while time.monotonic() < until:
        waiting = RecurringTask.objects.everywhere(reason="the clock is the same everywhere")
        rule = (
            waiting.filter(working(), next_at__lte=clock.now())
            .exclude(pk__in=seen)
            .select_related("location")
            .order_by("next_at")
            .first()
        )
        if rule is None:
            break
        seen.add(rule.pk)
        try:
            with scope.fresh(), current.at(rule.location, via="task"):
                count += recurring.make_due(rule.pk)
        except Exception:
            log.exception("the repeating task %s could not be made", rule.pk)
    return count


@shared_task(name="contacts.tell_of_due", soft_time_limit=250, time_limit=300)
def tell_of_due() -> int:
    """Write task.due once for every open task whose time has come. Returns how many."""
    until, count = time.monotonic() + TURN, 0
    while time.monotonic() < until:
        now = clock.now()
        late = Task.objects.everywhere(reason="the clock is the same everywhere").filter(
            working(),
            completed=False,
            is_due_told=False,
            due_at__lte=now,
            due_at__gt=now - LATE,
            contact__deleted_at=None,
        )
        first = late.order_by("due_at").values_list("location_id", flat=True).first()
        if first is None:
            break
        place = Location.objects.everywhere(reason="the task names it").get(pk=first)
        with scope.fresh(), current.at(place, via="task"), transaction.atomic():
            mine = late.filter(location_id=first).order_by("pk").select_for_update(skip_locked=True, of=("self",))
            chosen = list(mine.values_list("pk", flat=True)[:1000])
            if not chosen:
                break  # somebody else has them in hand
            write_selected("task.due", "task", DUE, [chosen, first])
            with quietly(reason="task.due is written for each"):
                Task.objects.filter(pk__in=chosen).update(is_due_told=True)
        count += len(chosen)
    return count


@shared_task(name="contacts.empty_documents", soft_time_limit=250, time_limit=300)
def empty_documents() -> int:
    """Delete for good the documents that are in the trash for thirty days. Returns how many."""
    old = Document.objects.everywhere(reason="thirty days are the same everywhere")
    due = old.filter(deleted_at__lt=clock.now() - KEPT_FOR)
    return sweep([due], lambda _: documents.purge(), time.monotonic() + TURN)


@shared_task(name="contacts.forget_cleared_files", soft_time_limit=250, time_limit=300)
def forget_cleared_files() -> int:
    """Delete the files of custom-field values that were cleared thirty days ago. Returns how many were looked at.

    Until then taking back an import or a merge can bring a value back, and its file must still be there.
    """
    count, until = 0, time.monotonic() + TURN
    to = clock.now() - KEPT_FOR
    entries = (
        Entry.objects.everywhere(reason="thirty days are the same everywhere")
        .filter(subject_type="contact", at__lt=to, changes__has_key="custom")
        .order_by("pk")
    )
    after = ids.encode(clock.epoch_ms(to - WINDOW), ids.TIME_LENGTH)  # keys sort by time, and are indexed
    while time.monotonic() < until:
        batch = list(entries.filter(pk__gt=after, pk__lt=ids.encode(clock.epoch_ms(to) + 1, ids.TIME_LENGTH))[:500])
        if not batch:
            break
        after = batch[-1].pk
        cleared = [(entry, field, file) for entry in batch for field, file in _cleared(entry)]
        held = Contact.objects.everywhere(reason="the entries name them").in_bulk(
            {entry.subject_id for entry, _, _ in cleared}
        )
        for entry, field, file in cleared:
            contact = held.get(entry.subject_id)
            if contact is None or file not in attachments.held(contact, field):
                key = f"files/{entry.location_id}/{entry.subject_id}/{field}/{file}"
                transaction.on_commit(partial(default_storage.delete, key), robust=True)
                count += 1
    return count


def _cleared(entry: Entry) -> list[tuple[str, str]]:
    """(field, file) of the files that an entry took out of custom fields."""
    before, after = (side if isinstance(side, dict) else {} for side in entry.changes["custom"])
    found = []
    for field, old in before.items():
        if not isinstance(old, dict) or not ids.is_id(field):
            continue
        new = after.get(field)
        kept = new if isinstance(new, dict) else {}
        found += [
            (field, file)
            for file, item in old.items()
            if ids.is_id(file) and file not in kept and isinstance(item, dict) and "name" in item
        ]
    return found
