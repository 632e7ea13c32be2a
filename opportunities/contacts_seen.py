"""An opportunity may be somebody's whose contact is not: then it is shown without saying who the contact is."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.models import Contact
from core import scope

UNNAMED = "A contact you cannot see"


def hidden(contact_ids: Iterable[str]) -> set[str]:
    """Those of the contacts that the actor does not see. No query for those who see everything, else one."""
    wanted = set(contact_ids)
    actor = scope.current().actor
    if actor.sees_everything or not wanted:
        return set()
    return wanted - set(Contact.objects.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True))
