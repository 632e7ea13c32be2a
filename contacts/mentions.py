"""Colleagues named with @ in a note: "@Dora Doe" or "@dora@acme.example", by whatever door the note came."""

from __future__ import annotations

import re
from collections.abc import Iterable

from accounts import current
from accounts.models import User
from accounts.models.membership import actor_at
from contacts.models.contact import Contact
from core import scope
from core.text import words_of

MOST = 20  # people that one note can call
MOST_PEOPLE = 2000
LONGEST_NAME = 80


def named_in(body: str) -> list[str]:
    """Ids of those who work here and are named with @; of a name that several have nobody is meant. One query, and none
    without an @."""
    if "@" not in body:
        return []
    text = words_of(body).casefold()
    called = [match.end() for match in re.finditer(r"(?<!\w)@", text)]
    if not called:
        return []
    pieces = [text[start : start + LONGEST_NAME] for start in called]
    meant: dict[str, set[str]] = {}
    for person in User.objects.working_at(scope.location_id()).order_by("pk")[:MOST_PEOPLE]:
        for word in filter(None, (person.name.casefold(), person.email.casefold())):
            if any(re.match(rf"{re.escape(word)}(?!\w)", piece) for piece in pieces):
                meant.setdefault(word, set()).add(person.pk)
    longest = [word for word in meant if not any(word != other and other.startswith(word) for other in meant)]
    found = [next(iter(meant[word])) for word in longest if len(meant[word]) == 1]
    return list(dict.fromkeys(found))[:MOST]


def called(contact: Contact, body: str, but: Iterable[str] = ()) -> list[str]:
    """Those of `named_in` who see the contact, without the writer and without `but`. One or two queries each."""
    known = {*but, scope.current().actor.id}
    place = current.location()
    people = {person.pk: person for person in User.objects.working_at(place.pk).filter(pk__in=named_in(body))}
    return [
        pk
        for pk, person in people.items()
        if pk not in known and Contact.objects.visible_to(actor_at(person, place)).filter(pk=contact.pk).exists()
    ]
