"""What this app does when it reads the journal: it tells people what happened to their sign-in."""

from __future__ import annotations

import datetime as dt

from accounts import mails
from accounts.models import User
from accounts.throttling import remember, remembered
from core import clock
from journal.models import Entry
from journal.verbs import read

LATE = dt.timedelta(days=1)


@read("user.locked", "user.password_reset", "user.password_changed")
def tell_the_owner(entry: Entry) -> None:
    """One mail an entry; a second reading finds the note of the first. News older than a day are no news."""
    key = f"mailed:{entry.pk}"
    user = (
        User.objects.everywhere(reason="the entry names the user").filter(pk=entry.subject_id, is_active=True).first()
    )
    if user is None or entry.at < clock.now() - LATE or remembered(key):
        return
    if entry.verb == "user.locked":
        mails.send(user, "locked", "Your HoopAI sign-in is locked for a while", at=entry.at, **entry.facts)
    else:
        mails.send(user, "password_changed", "Your HoopAI password was changed", at=entry.at)
    remember(key, {"sent": "yes"}, int(LATE.total_seconds()))
