"""Imports in the background: checking, running, undoing, and waking what a crash left lying."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from celery import shared_task
from django.db import OperationalError, transaction
from django.db.models import Q

from accounts.models import Location, User
from accounts.models.location import working
from accounts.models.membership import actor_at
from contacts.importing import checking, running, undoing
from contacts.importing.forgetting import forget
from contacts.models import Import
from contacts.models.importing import BUSY, EDITABLE, UNDO_FOR
from core import clock, scope
from core.tasks import task

log = logging.getLogger(__name__)
LONG = {"soft_time_limit": 3000, "time_limit": 3300}
SILENT_FOR = dt.timedelta(minutes=2)  # after which a worker counts as dead: a batch takes seconds
SILENT_LONGER = dt.timedelta(minutes=5)  # while it waits for a worker, or compares millions of rows in one statement
PATIENT = ("queued", "checking")


@task(**LONG)
def check(import_id: str) -> None:
    """Look at every row of an import."""
    _work(import_id, "checking", _checked)


@task(**LONG)
def run(import_id: str) -> None:
    """Write an import's rows; goes on in another task when it takes long."""
    _work(import_id, "queued running cancelling", running.run)


@task(**LONG)
def undo(import_id: str) -> None:
    """Take an import back."""
    _work(import_id, "undoing", undoing.undo)


def send(batch: Import) -> None:
    """Queue the task that the import's status asks for, after commit."""
    job = {"checking": check, "undoing": undo}.get(batch.status, run)
    job.apply_async([batch.pk])


@shared_task(name="contacts.wake_imports", soft_time_limit=50, time_limit=60)
def wake_imports() -> int:
    """Queue again what should be under way but has given no sign of life. Returns how many."""
    now = clock.now()
    silent = Import.objects.everywhere(reason="the scheduler looks after every location").filter(
        working(),
        Q(status__in=BUSY, heartbeat_at__lt=now - SILENT_LONGER)
        | Q(status__in=set(BUSY) - set(PATIENT), heartbeat_at__lt=now - SILENT_FOR),
    )
    woken = 0
    for batch in silent.select_related("location", "owner")[:100]:
        with scope.fresh(**_scope_of(batch).__dict__), transaction.atomic():
            batch.beat()
            send(batch)
        woken += 1
    return woken


@shared_task(name="contacts.forget_imports", soft_time_limit=540, time_limit=600)
def forget_imports() -> int:
    """Drop the file and the staged values of imports whose time for undo is over, and uploads nobody went on with.

    Returns:
        How many imports, at most 20 a run.
    """
    everything = Import.objects.everywhere(reason="the scheduler looks after every location").exclude(file="")
    long_ago = clock.now() - UNDO_FOR
    abandoned = Q(status__in=EDITABLE, done=0, undo_until=None, date_updated__lt=long_ago)
    old = everything.filter(Q(undo_until__lt=clock.now()) | abandoned)
    forgotten = 0
    for batch in old.select_related("location")[:20]:
        with scope.fresh(company_id=batch.location.company_id, location_id=batch.location_id):
            forget(batch)
        forgotten += 1
    return forgotten


def _checked(batch: Import) -> bool:
    checking.check(batch)
    return True


def _scope_of(batch: Import) -> scope.Scope:
    place: Location = batch.location
    owner: User | None = batch.owner
    actor = (owner and actor_at(owner, place)) or scope.SYSTEM
    return scope.Scope(company_id=place.company_id, location_id=place.pk, actor=actor, via="import")


def _work(import_id: str, statuses: str, do: Callable[[Import], bool]) -> None:
    """Do one job of an import; queue it again when it wants more time; keep an unforeseen error from hanging it."""
    with scope.use(via="import"):
        batch = Import.objects.filter(pk=import_id).first()
        if batch is None or batch.status not in statuses.split():
            return
        batch.beat()
        try:
            if not do(batch):
                send(batch)
        except OperationalError:
            raise  # the database is away: the scheduler wakes the import when it is back
        except Exception:
            log.exception("import %s broke off", import_id)
            with transaction.atomic():
                batch.lock()
                if batch.is_busy:
                    status = "completed" if batch.status == "undoing" else "failed"
                    sentence = "This stopped on an error of ours. It can be tried again."
                    batch.change(
                        status=status, stage="", problem=sentence, undo_until=batch.undo_until or clock.now() + UNDO_FOR
                    )
            raise
