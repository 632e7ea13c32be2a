"""Sweeping away what can no longer be used."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from core import clock
from core.tasks import task
from oauth.models import AccessToken, Grant, RefreshToken

KEEP_USED = dt.timedelta(days=30)  # a used refresh token is remembered so long, to notice its theft
BATCH = 5_000


@task
def forget_expired() -> int:
    """Delete expired codes and tokens, in batches. Runs daily; may run late or twice."""
    now, gone = clock.now(), 0
    for rows in (
        Grant.objects.filter(expires__lt=now),
        RefreshToken.objects.filter(expires__lt=now),
        RefreshToken.objects.filter(revoked__lt=now - KEEP_USED),
        AccessToken.objects.filter(expires__lt=now - dt.timedelta(days=1)),
    ):
        while True:
            with transaction.atomic():
                ids = list(rows.values_list("pk", flat=True)[:BATCH])
                rows.model.objects.filter(pk__in=ids).delete()
            gone += len(ids)
            if len(ids) < BATCH:
                break
    return gone
