"""Asking to see a contact that a restricted person met as "a matching contact exists and is assigned to somebody else"."""

from __future__ import annotations

import datetime as dt

from accounts.models import Membership, User
from contacts.identity import holder, is_seen
from contacts.models import Contact
from core import clock, scope
from core.errors import NotFound
from journal.models import Entry
from journal.writing import write

VERB = "contact.access_requested"
AGAIN_AFTER = dt.timedelta(days=1)
MOST_ASKED = 20  # people who hear of one request


def request_access(field: str, value: str) -> None:
    """Ask whoever owns the contact with this primary e-mail or phone to let the actor see it.

    Asking again within a day changes nothing. Nothing is told of the contact.

    Raises:
        NotFound: nobody has the value, or the actor sees the contact already.
    """
    actor = scope.current().actor
    contact = holder(field, value) if field in ("email", "phone") and value else None
    if contact is None or actor.user_id is None or is_seen(contact):
        raise NotFound("There is no such contact to ask for.")
    asked = Entry.objects.filter(subject_id=contact.pk, verb=VERB, actor_id=actor.id, at__gt=clock.now() - AGAIN_AFTER)
    if not asked.exists():
        write(VERB, contact, {}, {"user": actor.id})


def deciders(contact: Contact) -> list[User]:
    """Who hears of a request: the owner or the members of the owning team, else the admins of the location."""
    here = User.objects.working_at(scope.location_id())
    wanted: list[str] = []
    if contact.assigned_to_id:
        wanted = [contact.assigned_to_id]
    elif contact.team is not None:
        wanted = list(contact.team.members)
    found = list(here.filter(pk__in=wanted, is_active=True).order_by("pk")[:MOST_ASKED]) if wanted else []
    if found:
        return found
    admins = Membership.objects.filter(role="admin", disabled_at=None).values("user")
    return list(here.filter(pk__in=admins, is_active=True).order_by("pk")[:MOST_ASKED])
