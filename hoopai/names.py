"""Names for the ids in the journal, of every app: one query for each kind that a page of entries mentions."""

from __future__ import annotations

from typing import Any

from accounts.models import Location
from contacts.models import BulkAction, Import, Note, SmartList
from contacts.names import names_for
from journal.sentences import Names
from objects.models import CustomValue
from opportunities.models import LostReason, Opportunity, Pipeline, Stage

BESIDE: dict[str, Any] = {
    "location": Location,
    "note": Note,
    "smart_list": SmartList,
    "bulk_action": BulkAction,
    "import": Import,
    "custom_value": CustomValue,
    "opportunity": Opportunity,
    "pipeline": Pipeline,
    "stage": Stage,
    "lost_reason": LostReason,
}


def resolve(wanted: dict[str, set[str]]) -> Names:
    """{id: name} of what `journal.sentences.wanted_ids` asks for; kinds without names are left out."""
    found = names_for(wanted)
    for kind in wanted.keys() & BESIDE.keys():
        found |= {row.pk: str(row) for row in BESIDE[kind].objects.filter(pk__in=wanted[kind])}
    return found
