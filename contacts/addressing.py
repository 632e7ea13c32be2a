"""E-mails and phones of a contact, one at a time: normal forms and the duplicate rule around the model's verbs."""

from __future__ import annotations

from django.db import transaction

from accounts import current
from contacts import suppressing
from contacts.identity import Duplicate, edit, email_of, holder, lock_identifiers
from contacts.models import Contact
from core.errors import Invalid, NotFound
from core.phones import BadPhone, e164

KINDS = ("email", "phone")


def normal(kind: str, text: str) -> str:
    """An e-mail or phone in its stored form.

    Raises:
        Invalid: {kind: sentence}.
    """
    if not text.strip():
        raise Invalid({kind: "enter an e-mail address" if kind == "email" else "enter a phone number"})
    try:
        return email_of(text) if kind == "email" else e164(text, current.location().country)
    except (BadPhone, ValueError) as error:
        raise Invalid({kind: str(error)}) from None


def add(contact: Contact, kind: str, text: str, label: str = "") -> None:
    """Append an e-mail or a phone; the first becomes the primary one.

    Raises:
        Invalid, LimitReached: as the verbs of Contact. Duplicate: it would be primary and another contact has it.
    """
    value = normal(kind, text)
    with transaction.atomic():
        lock_identifiers({kind: value})
        contact.lock()
        if not getattr(contact, kind):
            refuse_taken(contact, kind, value)
        if kind == "email":
            contact.add_email(value)
        else:
            contact.add_phone(value, label)
        heed(contact, kind, value)


def make_primary(contact: Contact, kind: str, value: str) -> None:
    """Let one of the contact's own values become the primary one.

    Raises:
        NotFound: the contact has no such value. Duplicate: another contact has it as its primary one.
    """
    held = contact.emails if kind == "email" else [each["number"] for each in contact.phones]
    if value not in held:
        raise NotFound("Somebody changed this in the meantime. Reload the page to see it.")
    with transaction.atomic():
        lock_identifiers({kind: value})
        contact.lock()
        if getattr(contact, kind) != value:
            refuse_taken(contact, kind, value)
        if kind == "email":
            contact.make_primary_email(value)
        else:
            contact.make_primary_phone(value)


def replace(contact: Contact, kind: str, old: str, text: str) -> None:
    """Put another value in the place of one; nothing typed removes it.

    Raises:
        Invalid, Duplicate: as `edit`. NotFound: the contact no longer has `old`. Refused: the primary one would go.
    """
    if not text.strip():
        return remove(contact, kind, old)
    value = normal(kind, text)
    with transaction.atomic():
        lock_identifiers({kind: value})
        contact.lock()
        if getattr(contact, kind) == old:
            edit(contact, **{kind: value})
        elif kind == "email" and old in contact.more_emails:
            contact.change(more_emails=[value if held == old else held for held in contact.more_emails])
        elif kind == "phone" and any(held["number"] == old for held in contact.more_phones):
            contact.change(
                more_phones=[
                    {**held, "number": value} if held["number"] == old else held for held in contact.more_phones
                ]
            )
        else:
            raise NotFound("Somebody changed this in the meantime. Reload the page to see it.")
        heed(contact, kind, value)
    return None


def remove(contact: Contact, kind: str, value: str) -> None:
    """Take a value away; see the verbs of Contact for what is refused."""
    if kind == "email":
        contact.remove_email(value)
    else:
        contact.remove_phone(value)


def heed(contact: Contact, kind: str, value: str) -> None:
    """Switch do not disturb on where the value belonged to somebody who was erased."""
    suppressing.heed(contact, [value] if kind == "email" else [], [value] if kind == "phone" else [])


def refuse_taken(contact: Contact, kind: str, value: str) -> None:
    """Raises Duplicate when another contact has `value` as its primary one and the location wants no duplicates."""
    if not current.location().allow_duplicates:
        other = holder(kind, value, but=contact.pk)
        if other is not None:
            raise Duplicate(other, kind)
