"""People who are in the demo twice, a look for them, and two who have been merged."""

from __future__ import annotations

import datetime as dt
import random

from contacts.merging import folding, scanning
from contacts.models import Contact
from core import clock, scope
from hoopai.demo.people import id_at

DAY = dt.timedelta(days=1)
PAIRS = 7


def mistyped(name: str) -> str:
    """The name as somebody in a hurry would type it: two letters in the middle change places."""
    at = len(name) // 2
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :] if len(name) > 3 else name + name[-1:]


def again(draw: random.Random, people: list[Contact], now: dt.datetime) -> list[tuple[Contact, Contact]]:
    """Pairs of a contact and the same person once more, half of them with a name that is not spelt the same."""
    known = [
        one
        for one in people
        if one.deleted_at is None and one.email and one.phone and one.last_name and one.date_added < now - 30 * DAY
    ]
    found = []
    for number, one in enumerate(draw.sample(known, min(PAIRS, len(known)))):
        added = now - draw.uniform(4, 20) * DAY
        twin = Contact(
            id=id_at(draw, added),
            first_name=one.first_name,
            last_name=mistyped(one.last_name) if number % 2 else one.last_name,
            email=f"{one.email.partition('@')[0]}@private.example",
            company_name=one.company_name,
            business=one.business,
            city=one.city,
            address=one.address,
            country=one.country,
            timezone=one.timezone,
            source=draw.choice(["Instagram", "Walk-in", "Home show"]),
            assigned_to=one.assigned_to,
            tags=one.tags[:1],
            more_phones=[{"number": one.phone, "label": "home"}],
            created_via="import",
            date_added=added,
            date_updated=added,
            last_activity_at=added,
        )
        found.append((one, twin))
    return found


def merge_first(pairs: list[tuple[Contact, Contact]]) -> None:
    """Fold the last two pairs, three days ago, and look for duplicates since."""
    with clock.moved(-3 * DAY):
        for one, twin in pairs[-2:]:
            folding.merge([one.pk, twin.pk], one.pk)
    with clock.moved(-DAY / 24):
        scanning.run(scanning.begin(scope.current().actor.user_id))
