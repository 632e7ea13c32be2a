"""Notifications as people read them: the name of what they are about as it is now, and where they lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core import scope
from core.pages import link
from notifications.kinds import KINDS, Kind
from notifications.models import Notification
from notifications.models.notification import SUBJECTS

COUNTED = 99  # more unread ones are "99+"


@dataclass(frozen=True)
class Line:
    row: Notification
    kind: Kind
    title: str  # of what it is about; "" where the text says all
    text: str
    url: str  # marks it as read and leads on

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.row.at).date()


def mine() -> Any:
    """What the present actor is shown."""
    return Notification.objects.shown_to(scope.current().actor)


def unread() -> int:
    """How many the present actor has not read, at most 100. One query."""
    return len(mine().unread().order_by("-at").values_list("pk", flat=True)[: COUNTED + 1])


def lines(rows: Iterable[Notification]) -> list[Line]:
    """Rows the reader may see, with the names of what they are about. One query for each kind of subjects."""
    rows = list(rows)
    names: dict[str, str] = {}
    for name, model in SUBJECTS.items():
        wanted = {row.subject_id for row in rows if row.subject_type == name}
        if wanted:
            names |= {found.pk: str(found) for found in model.objects.filter(pk__in=wanted)}
    return [
        Line(
            row,
            KINDS[row.kind],
            names.get(row.subject_id, ""),
            f"{row.count:,} changes, the last: {row.text}" if row.count > 1 and row.subject_type else row.text,
            link("notifications:open", row.pk),
        )
        for row in rows
    ]


def target(row: Notification) -> str:
    """Where a notification leads."""
    if row.url:
        return row.url
    if row.subject_type == "contact":
        panel = "?panel=notes" if row.kind == "mention" else ""
        return link("contacts:show", row.subject_id) + panel
    if row.subject_type == "opportunity":
        return link("opportunities:show", row.subject_id)
    if row.subject_type == "task":
        return f"{link('contacts:tasks')}?assignee=me"
    return link("notifications:index")
