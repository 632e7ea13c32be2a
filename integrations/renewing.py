"""Renewing an access an hour before it ends, and revoking those that are ours no more."""

from __future__ import annotations

import datetime as dt

from core import clock
from integrations import slack
from integrations.models import Connection, Revocation
from integrations.troubles import Later, Trouble, Withdrawn

LEASE = dt.timedelta(minutes=2)  # in which one worker renews; a renewal token is good for one use
REVOKE_AFTER = [dt.timedelta(minutes=5 * 4**step) for step in range(5)]  # 5 min to 21 h between six tries


def renew(row: Connection) -> bool:
    """Renew the access if nobody else is at it; in the scope of its location. Returns whether it is fresh now."""
    due = Connection.objects.live().filter(refresh_at__lte=clock.now())
    if not row.service.is_configured or not due.note(row.pk, refresh_at=clock.now() + LEASE):
        return False
    row.refresh_from_db()
    try:
        token = slack.renew(row.secret)
    except Later as later:
        Connection.objects.note(row.pk, refresh_at=clock.now() + dt.timedelta(seconds=later.seconds))
    except Trouble as trouble:
        row.not_renewed(str(trouble), is_final=isinstance(trouble, Withdrawn))
    else:
        row.renewed(token)
        row.refresh_from_db()
        return True
    return False


def revoke(row: Revocation) -> None:
    """Try to revoke; keep it for later where that fails, at most six times."""
    try:
        slack.revoke(row.secret)
    except Trouble:
        if row.tries < len(REVOKE_AFTER):
            Revocation.objects.filter(pk=row.pk).update(
                tries=row.tries + 1, next_at=clock.now() + REVOKE_AFTER[row.tries]
            )
            return
    Revocation.objects.filter(pk=row.pk).delete()
