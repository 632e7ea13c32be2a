"""What this app does when it reads the journal."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from accounts import mails
from accounts.models import Membership, User
from accounts.throttling import remember, remembered
from billing.readers import admins_of
from core import clock
from core.pages import link
from journal.models import Entry
from journal.verbs import read, read_batches
from webhooks import fanning, tasks

LATE = dt.timedelta(days=1)
MOST_PEOPLE = 50


@read_batches(chooses=fanning.is_told, here=fanning.listens)
def fan_out(entries: list[Entry]) -> None:
    """Make deliveries, then wake a sender. Harmless to repeat: one delivery per endpoint, entry and event."""
    if fanning.fan_out(entries):
        tasks.wake()


@read("webhook.switched_off")
def warn(entry: Entry) -> None:
    """One mail to each who can mend it, where nobody switched it off by hand; a second reading finds the note of the
    first."""
    reason = entry.facts.get("reason")
    if not reason or entry.at < clock.now() - LATE:
        return
    url = settings.BASE_URL + link("settings:webhook", entry.subject_id) if entry.location_id else settings.BASE_URL
    for user in _menders(entry):
        key = f"webhook_off:{entry.pk}:{user.pk}"
        if not remembered(key):
            webhook, state = entry.facts["name"], entry.facts["state"]
            subject = f"The webhook {webhook} was switched off"
            mails.send(user, "webhook_off", subject, webhook=webhook, state=state, reason=reason, settings_url=url)
            remember(key, {"sent": "yes"}, int(LATE.total_seconds()))


def _menders(entry: Entry) -> list[User]:
    """The admins of the location; for an app's webhook those of its agency. At most fifty."""
    if entry.location_id is None:
        return admins_of(entry.company_id or "")
    admins = Membership.objects.everywhere(reason="the location is named").filter(
        location_id=entry.location_id, role="admin", disabled_at=None
    )
    people = User.objects.everywhere(reason="the location is named").filter(pk__in=admins.values("user"))
    found = list(people.filter(is_active=True).order_by("pk")[:MOST_PEOPLE])
    return found or admins_of(entry.company_id or "")
