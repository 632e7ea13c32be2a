"""What this app does when it reads the journal. All of it may be repeated."""

from __future__ import annotations

from django.db import connection

from accounts import current, people
from accounts.models import Location, User
from core import scope
from journal.models import Entry
from journal.verbs import read
from opportunities import leaving, trash

STRIP = """
UPDATE opportunities_opportunity SET tags = array_remove(tags, %(old)s::varchar)
WHERE location_id = %(here)s AND tags @> ARRAY[%(old)s]::varchar[]
"""
REPLACE = """
UPDATE opportunities_opportunity SET tags = CASE WHEN tags @> ARRAY[%(new)s]::varchar[]
    THEN array_remove(tags, %(old)s::varchar) ELSE array_replace(tags, %(old)s::varchar, %(new)s::varchar) END
WHERE location_id = %(here)s AND tags @> ARRAY[%(old)s]::varchar[]
"""


def _as_author(entry: Entry) -> scope.Actor:
    return scope.Actor(entry.actor_id, entry.actor_name, entry.actor_kind)


@read("contact.deleted")
def go_with_contact(entry: Entry) -> None:
    """The opportunities of a deleted contact go to the trash with it."""
    with scope.use(actor=_as_author(entry)):
        trash.go_with_contact(entry.subject_id)


@read("contact.restored")
def return_with_contact(entry: Entry) -> None:
    """And come back with it."""
    with scope.use(actor=_as_author(entry)):
        trash.return_with_contact(entry.subject_id)


@read("tag.deleted", "tag.merged")
def replace_tag(entry: Entry) -> None:
    """Take a deleted tag off the opportunities; a merged one becomes the other. The tag's own entry speaks for all."""
    params = {"old": entry.subject_id, "new": str(entry.facts.get("into_id") or ""), "here": scope.location_id()}
    with connection.cursor() as cursor:
        cursor.execute(REPLACE if params["new"] else STRIP, params)


@read("membership.deleted")
def release_in_one_location(entry: Entry) -> None:
    """Somebody lost a location: what was theirs there has no owner any more. People of the agency still reach it."""
    user = User.objects.everywhere(reason="the entry names the user").filter(pk=entry.facts.get("user", "")).first()
    if user is None or not (user.agency_role and user.is_active):
        leaving.release(str(entry.facts.get("user", "")), people.heir_at(entry))


@read("membership.disabled")
def pass_on(entry: Entry) -> None:
    """Somebody was switched off: what was theirs goes to whom the admin named, else it stays."""
    heir = people.heir_at(entry)
    if heir:
        leaving.hand_over(str(entry.facts.get("user", "")), heir)


@read("user.deleted")
def release_everywhere(entry: Entry) -> None:
    """Somebody left the company."""
    for place in Location.objects.everywhere(reason="the entry names the company").filter(company_id=entry.company_id):
        with current.at(place):
            leaving.release(entry.subject_id, people.heir_at(entry))
