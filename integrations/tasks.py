"""What happens by the clock: sending, renewing, revoking, giving up, forgetting."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Any

from accounts import current
from core import access, clock, scope
from core.tasks import task
from integrations import connecting, renewing, sending, states
from integrations.models import Connection, Line, Post, Revocation
from integrations.models.connection import WAITS_FOR

log = logging.getLogger(__name__)
EVERYWHERE = "the clock serves every location"
MOST = 500
TURN = 200.0  # seconds
KEPT_FOR = dt.timedelta(days=30)
WAITS_A_DAY = dt.timedelta(days=1)
LOST_AFTER = dt.timedelta(minutes=5)
BATCH = 5000


def wake() -> None:
    """After commit, send what is due. A broker that is away delays it to the next beat."""
    send_due.apply_async()


@task
def send_due() -> int:
    """Queue a task for each connection with messages that are due. Returns how many."""
    now = clock.now()
    posts = Post.objects.everywhere(reason=EVERYWHERE)
    # whoever was killed while sending leaves a message of which nobody knows whether it arrived
    posts.filter(state="sending", tried_at__lt=now - LOST_AFTER).update(
        state="unclear", error="The worker ended while it was sent."
    )
    posts.filter(state="waiting", at__lt=now - WAITS_A_DAY).update(
        state="missed", error="It could not be sent for a day."
    )
    due = posts.filter(
        state="waiting", next_at__lte=now, mapping__broken="", mapping__is_on=True,
        mapping__connection__location__access=access.FULL, mapping__connection__state__in=(states.CONNECTED, states.ATTENTION),
    ).exclude(mapping__connection__not_before__gt=now)  # fmt: skip
    keys = due.order_by("mapping__connection").values_list("mapping__connection", flat=True).distinct()[:MOST]
    for pk in list(keys):
        send_for.apply_async([pk])
    return len(keys)


@task
def send_for(pk: str) -> int:
    """Send what is due of one connection; nothing while its account is read-only."""
    row = Connection.objects.everywhere(reason=EVERYWHERE).filter(pk=pk).select_related("location").first()
    if row is None:
        return 0
    with scope.fresh(via="task"), current.at(row.location):
        return sending.send(row) if access.is_full() else 0


@task
def renew_due() -> int:
    """Renew what ends within the hour. Returns how many were renewed."""
    rows = Connection.objects.everywhere(reason=EVERYWHERE).live().filter(refresh_at__lte=clock.now())
    return _each(rows.select_related("location").order_by("refresh_at")[:MOST], renewing.renew)


@task
def revoke_due() -> int:
    """Revoke what was let go. Returns how many were looked at."""
    rows = Revocation.objects.everywhere(reason=EVERYWHERE).filter(next_at__lte=clock.now())
    return _each(rows.select_related("location").order_by("next_at")[:MOST], renewing.revoke)


@task
def give_up() -> int:
    """End attempts to connect from which nobody came back."""
    begun = Connection.objects.everywhere(reason=EVERYWHERE).filter(
        state=states.CONNECTING, begun_at__lt=clock.now() - WAITS_FOR
    )
    return _each(begun.select_related("location").order_by("begun_at")[:MOST], connecting.give_up)


@task
def forget() -> int:
    """Delete lines of the log and messages of more than thirty days ago, a batch at a time. Returns how many."""
    count, until = 0, time.monotonic() + TURN
    for model in (Line, Post):
        every = model.objects.everywhere(reason="retention is the same everywhere")
        old = every.filter(at__lt=clock.now() - KEPT_FOR).order_by("at")
        while time.monotonic() < until:
            keys = list(old.values_list("pk", flat=True)[:BATCH])
            if not keys:
                break
            count += every.filter(pk__in=keys).delete()[0]
    return count


def _each(rows: Any, work: Callable[[Any], Any]) -> int:
    """Do something with each row in the scope of its location. What fails is logged and keeps nobody else waiting."""
    count, until = 0, time.monotonic() + TURN
    for row in rows:
        if time.monotonic() > until:
            break
        with scope.fresh(via="task"), current.at(row.location):
            try:
                count += work(row) is not False
            except Exception:
                log.exception("left for the next time", extra={"row": row.pk})
    return count
