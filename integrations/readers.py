"""What this app does when it reads the journal."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from accounts import current, mails
from accounts.models import Membership, User
from accounts.standing import CANCELLED
from accounts.throttling import remember, remembered
from core import clock, scope
from core.pages import link
from integrations import happenings, queueing, states, tasks
from integrations.models import Connection
from journal.models import Entry
from journal.verbs import read, read_batches

LATE = dt.timedelta(days=1)
MOST_PEOPLE = 50


def is_told(verb: str) -> bool:
    """Whether a channel may hear of this verb."""
    return verb in happenings.READ


def somebody_listens() -> bool:
    """Whether any channel hears of anything in the location in scope."""
    return scope.current().location_id is not None and bool(queueing.in_use())


@read_batches(chooses=is_told, here=somebody_listens)
def tell_channels(entries: list[Entry]) -> None:
    """Harmless to repeat: an entry is told once."""
    if queueing.queue_up(entries):
        tasks.wake()


@read("integration.troubled")
def warn(entry: Entry) -> None:
    """One mail to whoever connected it and to the admins, save to who found it; a second reading finds the note of the
    first."""
    row = Connection.objects.filter(pk=entry.subject_id).first()
    if row is None or entry.at < clock.now() - LATE:
        return
    url = settings.BASE_URL + link("settings:integration", row.provider)
    place = current.location()
    for user in _concerned(row):
        key = f"integration:{entry.pk}:{user.pk}"
        if user.pk != entry.actor_id and not remembered(key):
            subject = f"{row.service.name} needs attention at {place}"
            mails.send(user, "integration_attention", subject, service=row.service.name, place=str(place),
                       why=entry.facts["why"], reason=entry.facts["reason"], url=url)  # fmt: skip
            remember(key, {"sent": "yes"}, int(LATE.total_seconds()))


def _concerned(row: Connection) -> list[User]:
    """Whoever connected it and still works here, and the admins of the location. At most fifty."""
    admins = Membership.objects.filter(role="admin", disabled_at=None).values("user")
    here = User.objects.working_at(scope.location_id())
    people = here.filter(pk__in=admins) | here.filter(pk=row.connected_by_id) | here.filter(agency_role="admin")
    return list(people.distinct().order_by("pk")[:MOST_PEOPLE])


@read("company.access_changed")
def let_go(entry: Entry) -> None:
    """A company that has ended its subscription keeps no access anywhere. Harmless to repeat."""
    if (entry.changes or {}).get("access_reason", ["", ""])[1] != CANCELLED:
        return
    every = Connection.objects.everywhere(reason="the entry names the company")
    rows = every.filter(location__company_id=entry.company_id).exclude(state=states.DISCONNECTED)
    for row in rows.select_related("location"):
        with current.at(row.location):
            row.disconnect()
