"""The journal as a source of scores: entries that are scorable events, and changes after which conditions may hold."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.scoring import attributes, counting
from contacts.scoring.counting import Happening
from contacts.scoring.events import SCORABLE
from journal.models import Entry

NO_CHANGE = frozenset(
    {"contact.score_changed", "contact.purged", "contact.deleted", "contact.merged_away", "contact.pictured"}
)


def is_scored(verb: str) -> bool:
    """Whether entries of this verb can move a score."""
    if verb.startswith("contact."):
        return verb not in NO_CHANGE
    return any(verb in one.verbs for one in SCORABLE.values())


def score(entries: Sequence[Entry]) -> None:
    """Count what these entries of one location tell. Harmless to repeat."""
    counting.count(
        [
            Happening(entry.contact_id, one.key, item, entry.at)
            for entry in entries
            if entry.contact_id
            for one in SCORABLE.values()
            if entry.verb in one.verbs
            for item in one.items(entry)
        ]
    )
    attributes.look_at(
        sorted({entry.contact_id for entry in entries if entry.contact_id and entry.verb.startswith("contact.")})
    )
