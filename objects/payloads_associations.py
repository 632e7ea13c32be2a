"""What webhooks tell of associations and relations. Everything is in the entry: the rows may be gone by then."""

from __future__ import annotations

from typing import Any

from journal.models import Entry


def origin(is_system: bool) -> str:
    return "SYSTEM_DEFINED" if is_system else "USER_DEFINED"


def cardinalities(most_firsts: int | None, most_seconds: int | None) -> dict[str, str]:
    """The limits as the wire spells them, seen from either side; a limit above one counts as many."""
    firsts, seconds = ("ONE" if most == 1 else "MANY" for most in (most_firsts, most_seconds))
    return {
        "firstObjectToSecondObjectCardinality": f"{firsts}_TO_{seconds}",
        "secondObjectToFirstObjectCardinality": f"{seconds}_TO_{firsts}",
    }


def association(entry: Entry) -> dict[str, Any]:
    """A type as it is after the change, or was before it went."""
    told = entry.facts
    shape = {
        "id": entry.subject_id,
        "associationType": origin(bool(told.get("is_system"))),
        "firstObjectKey": told.get("first_kind"),
        "firstObjectLabel": told.get("first_label"),
        "secondObjectKey": told.get("second_kind"),
        "secondObjectLabel": told.get("second_label"),
        "key": told.get("key"),
        "locationId": entry.location_id,
    }
    if entry.verb != "association.created":
        shape |= cardinalities(told.get("most_firsts"), told.get("most_seconds"))
    return shape


def relation(entry: Entry) -> dict[str, Any]:
    """Two linked records."""
    told = entry.facts
    return {
        "id": entry.subject_id,
        "firstObjectKey": told.get("first_kind"),
        "firstRecordId": told.get("first_record"),
        "secondObjectKey": told.get("second_kind"),
        "secondRecordId": told.get("second_record"),
        "associationId": told.get("association"),
        "locationId": entry.location_id,
    }
