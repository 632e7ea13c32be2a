"""What to say about a duplicate, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.identity import Duplicate
from contacts.models import Contact
from core.scope import Actor

WORDS = {"email": "e-mail", "phone": "phone number"}


@dataclass(frozen=True)
class Match:
    """`contact` is None where the reader may not see it; the sentence then names nobody."""

    sentence: str
    field: str
    contact: Contact | None
    value: str = ""  # what matched, as it is stored


def match_for(error: Duplicate, actor: Actor) -> Match:
    """A refused duplicate as `actor` may know of it. One query for a restricted actor."""
    visible = actor.sees_everything or Contact.objects.visible_to(actor).filter(pk=error.contact.pk).exists()
    if not visible:
        return Match(
            "A matching contact exists and is assigned to somebody else.",
            error.field,
            None,
            getattr(error.contact, error.field),
        )
    return Match(f"{error.contact} has this {WORDS[error.field]} already.", error.field, error.contact)
