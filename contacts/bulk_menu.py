"""What the bar over a selection offers: a few actions as buttons, the rest by group behind "More"."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import NoReverseMatch

from contacts import bulk_kinds
from contacts.bulk_kinds import BulkKind
from core.pages import link
from core.scope import Actor

QUICK = ("send_sms", "send_email", "add_tags", "add_to_workflow", "export", "delete")
KEYS = {"add_tags": "T"}


@dataclass
class Menu:
    quick: list[BulkKind] = field(default_factory=list)
    groups: dict[str, list[BulkKind]] = field(default_factory=dict)


def menu(actor: Actor, subject: str = "contact") -> Menu:
    """What `actor` may start, in the order of registration; pages that are not there yet are left out."""
    found = Menu()
    for kind in bulk_kinds.offered(actor, subject):
        if kind.opens and not exists(kind.opens):
            continue
        if kind.key in QUICK:
            found.quick.append(kind)
        else:
            found.groups.setdefault(kind.group, []).append(kind)
    found.quick.sort(key=lambda kind: QUICK.index(kind.key))
    return found


def exists(name: str) -> bool:
    """Whether the location has a page of that name."""
    try:
        link(name)
    except NoReverseMatch:
        return False
    return True
