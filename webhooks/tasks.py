"""Sending, and forgetting."""

from __future__ import annotations

import datetime as dt
import secrets
import time

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from core import clock
from core.tasks import task
from journal.timeline import first_id
from webhooks import queueing, replaying, sending
from webhooks.models import Delivery, Endpoint, Hour

RUN_FOR = 45.0  # seconds; then the next message takes over
ALIVE_FOR = 30  # seconds a sender that gave no sign of life keeps its place
KEPT_FOR = dt.timedelta(days=30)
BATCH = 5000


def wake() -> None:
    """After commit, have a sender look at what is due. A broker that is away delays it to the next beat."""
    send_due.apply_async()


class Place:
    """One of the installation's few places for senders, so that a slow receiver cannot occupy every worker."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self.key = ""
        self.shown_at = 0.0

    def take(self) -> bool:
        database = connection.settings_dict["NAME"]
        for number in range(settings.WEBHOOK_SENDERS):
            key = f"webhooks:sender:{database}:{number}"
            if cache.add(key, self.token, ALIVE_FOR):
                self.key, self.shown_at = key, time.monotonic()
                return True
        return False

    def show(self) -> None:
        """A sign of life, every few seconds."""
        if time.monotonic() - self.shown_at > ALIVE_FOR / 6:
            cache.touch(self.key, ALIVE_FOR)
            self.shown_at = time.monotonic()

    def leave(self) -> None:
        if cache.get(self.key) == self.token:
            cache.delete(self.key)


@task(soft_time_limit=100, time_limit=120)
def send_due() -> int:
    """Send what is due until nothing is. Does nothing where enough senders are at work already."""
    sent = 0
    ends = time.monotonic() + RUN_FOR
    while time.monotonic() < ends and queueing.is_due():
        place = Place()
        if not place.take():
            return sent
        try:
            sent += sending.run(ends - time.monotonic(), place.show)
        finally:
            place.leave()
    if time.monotonic() >= ends and queueing.is_due():
        wake()
    return sent


@task(soft_time_limit=1500, time_limit=1600)
def replay(endpoint_ids: list[str], asked_at: str, since: str = "", until: str = "", only_dead: bool = True) -> int:
    """Send again what these endpoints were told in the location in scope. Returns how many.

    What ended after `asked_at` is left alone, so that a second run repeats nothing.

    Args:
        since, until: the first delivery's id and the first one beyond; empty for all that is kept.
    """
    rows = Delivery.objects.filter(
        endpoint__in=endpoint_ids, is_test=False, finished_at__lte=dt.datetime.fromisoformat(asked_at)
    )
    rows = rows.filter(pk__gte=since) if since else rows
    rows = rows.filter(pk__lt=until) if until else rows
    every = Endpoint.objects.everywhere(reason="an app's endpoints belong to no location")
    count = replaying.again_all(rows.dead() if only_dead else rows, list(every.filter(pk__in=endpoint_ids)))
    if count:
        wake()
    return count


@task
def forget() -> int:
    """Delete deliveries of more than thirty days ago, a batch at a time, and the counts that belong to them."""
    before = clock.now() - KEPT_FOR
    count = 0
    Hour.objects.filter(at__lt=before).delete()
    while True:
        with transaction.atomic():
            every = Delivery.objects.everywhere(reason="the log of all tenants is kept for thirty days")
            old = every.filter(pk__lt=first_id(before)).order_by("pk")
            rows = list(old.values_list("pk", flat=True)[:BATCH])
            if not rows:
                return count
            queueing.drop(rows)
        count += len(rows)
