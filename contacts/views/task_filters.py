"""What narrows tasks, on the panel of a record and on the page of all tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from accounts import current
from core import clock, scope

NAMES = ("assignee", "from", "to", "words")


def given_in(query: Mapping[str, str], names: tuple[str, ...] = NAMES) -> dict[str, str]:
    """What an address says by these names, each cut to a sensible length."""
    return {name: query.get(name, "").replace("\x00", "").strip()[:75] for name in names}


def day(text: str) -> dt.date | None:
    """A day of an address, or None for what is none."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


def narrowed(found: Any, given: Mapping[str, str]) -> Any:
    """Tasks of an assignee (`me`, `nobody` or an id), due on days of the location's zone, that have all the words."""
    zone = current.location().zone
    if given["assignee"] == "nobody":
        found = found.filter(assigned_to=None)
    elif given["assignee"]:
        me = scope.current().actor.id
        found = found.filter(assigned_to_id=me if given["assignee"] == "me" else given["assignee"])
    if first := day(given["from"]):
        found = found.filter(due_at__gte=clock.midnight(first, zone))
    if last := day(given["to"]):
        found = found.filter(due_at__lt=clock.midnight(last + dt.timedelta(days=1), zone))
    for word in given["words"].split()[:8]:
        found = found.filter(Q(title__icontains=word) | Q(body__icontains=word))
    return found
