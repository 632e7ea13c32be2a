"""Working bulk actions off, starting those whose time has come, and taking up those that a crash left standing."""

from __future__ import annotations

import datetime as dt
import logging
import time

from celery import shared_task
from django.db import OperationalError
from django.db.models import Q

from accounts.models import User
from accounts.models.location import working
from accounts.models.membership import actor_at
from contacts.bulk_steps import advance, fail
from contacts.models import BulkAction
from contacts.models.bulk_action import RUNNING
from contacts.tasks import exports
from core import clock, scope
from core.errors import Problem
from core.tasks import task
from journal.recorded import quietly

log = logging.getLogger(__name__)
TURN = 120.0  # seconds of work before another task may have its turn
STANDS_STILL = dt.timedelta(minutes=2)
KEPT_FOR = dt.timedelta(days=365)
BROKEN = "Something broke on our side. Try again."


@task
def run(action_id: str) -> None:
    """Work an action off, chunk by chunk; after two minutes it goes to the end of the queue. Harmless to repeat."""
    until = time.monotonic() + TURN
    try:
        while advance(action_id):
            if time.monotonic() > until:
                run.apply_async([action_id])
                return
    except Problem as error:
        fail(action_id, error.message)
    except OperationalError:
        raise  # the database went away: the scheduler takes the action up again
    except Exception:
        log.exception("bulk action failed", extra={"action": action_id})
        fail(action_id, BROKEN)


@shared_task(soft_time_limit=50, time_limit=60)
def resume() -> int:
    """Queue actions whose time has come, and those on which nothing has happened for two minutes. Returns how many."""
    now = clock.now()
    due = Q(next_at__lte=now) | Q(next_at=None, date_updated__lt=now - STANDS_STILL)
    standing = (
        BulkAction.objects.everywhere(reason="the scheduler looks after every location")
        .filter(working(), due, status__in=RUNNING, ended_at=None)
        .exclude(kind="import")
    )
    actions = list(standing.select_related("location", "owner").order_by("date_updated")[:500])
    count = 0
    for action in actions:
        place = {"company_id": action.location.company_id, "location_id": action.location_id}
        with scope.fresh(**place, actor=_actor(action), via="ui"), quietly(reason="a sign of life, no news"):
            # no more due: should this message be lost, the action stands still and is found again
            same = BulkAction.objects.filter(pk=action.pk, next_at=action.next_at, date_updated=action.date_updated)
            if same.update(date_updated=clock.now(), next_at=None):
                (exports.run if action.kind == "export" else run).apply_async([action.pk])
                count += 1
    return count


def _actor(action: BulkAction) -> scope.Actor:
    """Who started it, with what they may do now; the system where that person is gone."""
    owner: User | None = action.owner
    return (owner and actor_at(owner, action.location)) or scope.SYSTEM


@shared_task(soft_time_limit=250, time_limit=300)
def forget() -> int:
    """Delete actions, with what became of each contact, twelve months after they ended. Returns how many."""
    old = BulkAction.objects.everywhere(reason="retention is the same everywhere").filter(
        ended_at__lt=clock.now() - KEPT_FOR
    )
    count = 0
    with quietly(reason="records of the machinery, kept for twelve months"):
        for pk in list(old.values_list("pk", flat=True).order_by("pk")[:200]):
            BulkAction.objects.everywhere(reason="as above").filter(pk=pk).delete()
            count += 1
    return count
