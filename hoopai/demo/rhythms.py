"""The demo's repeating tasks, with what they have made so far."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from accounts.models import Location
from contacts import recurring
from contacts.models import Contact, Task
from core import clock

DAY = dt.timedelta(days=1)
# title, body, kind, interval, how many days ago it began, days until a task of it is due
RULES: list[tuple[str, str, str, int, int, int]] = [
    ("Call from the building site", "What was done this week, what comes next.", "weekly", 1, 35, 1),
    ("Check the gutters", "With the long ladder. Photographs to the folder.", "monthly", 3, 200, 10),
    ("Yearly look at the roof", "", "yearly", 1, 380, 21),
]


def begin(place: Location, draw: random.Random, people: list[Contact]) -> None:
    """A repeating task by each rule, of contacts who were there by then; all but the newest task of each is done."""
    known = [one for one in people if one.deleted_at is None and one.assigned_to_id and one.type == "customer"]
    draw.shuffle(known)
    for title, body, kind, interval, ago, due in RULES:
        contact = next((one for one in known if one.date_added < clock.now() - (ago + 1) * DAY), None)
        if contact is None:
            continue
        known.remove(contact)
        starts = clock.midnight(clock.today(place.zone) - ago * DAY, place.zone) + dt.timedelta(hours=9)
        given: dict[str, Any] = {"kind": kind, "interval": interval, "starts_at": starts, "due_after": due * 86_400}
        with clock.moved(starts - clock.now()):
            rule = recurring.start([contact], title=title, body=body, owners=[contact.assigned_to_id], **given)
        while rule.next_at and rule.next_at <= clock.now():
            with clock.moved(rule.next_at - clock.now()):
                for task in Task.objects.filter(rule=rule, completed=False):
                    task.complete()
                recurring.make_due(rule.pk)
            rule.refresh_from_db()
