"""What a channel can hear of: the entries that tell of it, and the words it comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from journal.models import Entry


@dataclass(frozen=True)
class Happening:
    """One preset: `is_one` says whether an entry of one of the `verbs` tells of it."""

    key: str
    label: str
    help: str
    icon: str
    verbs: frozenset[str]
    is_one: Callable[[Entry], bool]
    template: str
    many: str  # {count} of them at once
    many_url: str
    tags: tuple[str, ...]  # that a message may hold, beside custom values


def _is_win(entry: Entry) -> bool:
    return bool((entry.changes or {}).get("status", [None, None])[1] == "won")


PERSON = ("{{contact.name}}", "{{contact.email}}", "{{contact.phone}}", "{{contact.source}}", "{{contact.link}}")
HAPPENINGS = {
    one.key: one
    for one in (
        Happening(
            "contact_added",
            "New contact",
            "A contact is added: by a person, a form, an import or the API.",
            "user-plus",
            frozenset({"contact.created"}),
            lambda entry: True,
            "*New contact:* {{contact.name}} {{contact.email}} {{contact.phone}}\n{{contact.link}}",
            "*{count} new contacts*",
            "contacts:list",
            PERSON,
        ),
        Happening(
            "deal_won",
            "Won deal",
            "An opportunity is marked as won.",
            "star",
            frozenset({"opportunity.status_changed", "opportunity.created"}),
            _is_win,
            "*Won:* {{deal.name}} for {{deal.value}}, {{contact.name}} (owner: {{deal.owner}})\n{{deal.link}}",
            "*{count} deals won*",
            "opportunities:board",
            ("{{deal.name}}", "{{deal.value}}", "{{deal.owner}}", "{{deal.pipeline}}", "{{deal.link}}", *PERSON),
        ),
    )
}
READ = frozenset(verb for one in HAPPENINGS.values() for verb in one.verbs)
