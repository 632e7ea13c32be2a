"""Mailing what is due, and forgetting."""

from __future__ import annotations

import datetime as dt
import smtplib
import time

from celery import shared_task

from core import clock
from core.tasks import task
from notifications import mailing
from notifications.models import Notification

KEPT_FOR = dt.timedelta(days=90)
TURN = 200.0  # seconds
BATCH = 5000


def wake() -> None:
    """After commit, have a worker mail what is due. A broker that is away delays it to the next beat."""
    mail_due.apply_async()


@task(autoretry_for=(OSError, smtplib.SMTPException), retry_backoff=True, max_retries=3)
def mail_due() -> int:
    """Mail every person what is due for them. Returns how many mails left. Harmless to repeat.

    A person whose mail the server does not take keeps nobody else waiting.
    """
    until, count, failure = time.monotonic() + TURN, 0, None
    for user, place in mailing.waiting():
        if time.monotonic() > until:
            break
        try:
            count += mailing.mail(user, place)
        except (OSError, smtplib.SMTPException) as error:
            failure = error
    if failure is not None:
        raise failure
    return count


@shared_task(soft_time_limit=250, time_limit=300)
def forget() -> int:
    """Delete what is older than ninety days. Returns how many."""
    old = Notification.objects.everywhere(reason="retention is the same everywhere").filter(
        at__lt=clock.now() - KEPT_FOR
    )
    until, count = time.monotonic() + TURN, 0
    while time.monotonic() < until:
        gone = Notification.objects.everywhere(reason="as above").filter(
            pk__in=list(old.order_by("at").values_list("pk", flat=True)[:BATCH])
        )
        deleted = gone.delete()[0]
        count += deleted
        if deleted < BATCH:
            break
    return count
