"""What this app does when it reads the journal: it tells people."""

from __future__ import annotations

from accounts import current
from accounts.models import Location
from contacts.models import Merge
from core import scope
from journal.models import Entry
from journal.verbs import read, read_batches
from notifications import tasks
from notifications.announcing import ANNOUNCED, OF_THE_COMPANY
from notifications.hearing import HEARD, heard
from notifications.models import Notification
from notifications.telling import tell

MOST_PLACES = 200


def is_told(verb: str) -> bool:
    """Whether anybody may be told of this verb."""
    return verb in HEARD or verb in ANNOUNCED or verb in OF_THE_COMPANY


def somebody_listens() -> bool:
    """There are always people in a location."""
    return True


@read_batches(chooses=is_told, here=somebody_listens)
def tell_people(entries: list[Entry]) -> None:
    """Harmless to repeat: an entry is told once."""
    if scope.current().location_id is None:
        _tell_company([entry for entry in entries if entry.verb in OF_THE_COMPANY])
        return
    news = heard([entry for entry in entries if entry.verb in HEARD])
    news += [one for entry in entries if entry.verb in ANNOUNCED for one in ANNOUNCED[entry.verb](entry)]
    if tell(news):
        tasks.wake()


def _tell_company(entries: list[Entry]) -> None:
    """In every location in which somebody who should know works."""
    company = scope.current().company_id
    if not entries or not company:
        return
    places = Location.objects.everywhere(reason="the entry names the company").filter(
        company_id=company, is_active=True
    )
    for place in places.order_by("pk")[:MOST_PLACES]:
        with current.at(place):
            tell([one for entry in entries for one in OF_THE_COMPANY[entry.verb](entry)])


@read("contact.merged")
def follow_the_merge(entry: Entry) -> None:
    """What was told of an absorbed contact leads to the one it became. Harmless to repeat."""
    merge = Merge.objects.filter(pk=entry.facts.get("merge", "")).first()
    if merge is not None:
        rows = Notification.objects.filter(subject_type="contact", subject_id__in=merge.absorbed)
        rows.update(subject_id=merge.master)
