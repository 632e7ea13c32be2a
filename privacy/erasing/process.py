"""The erasure of a person from its beginning to the certificate; it can be killed at any moment and gone on with.

Everything in the database is one transaction: either all of it is erased or nothing is. The keys of files are noted in
it and the files deleted afterwards, one by one.
"""

from __future__ import annotations

import hashlib
import json

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max

from accounts import current
from billing import limits
from contacts import suppressing
from contacts.models import Contact, Merge
from core import clock, scope
from core.errors import Forbidden, Refused
from journal import redacting
from journal.models import Entry
from journal.writing import write
from privacy.erasing import links, places
from privacy.erasing.who import Person, ids_of
from privacy.models import Erasure, PrivacyRequest

KEPT = {
    **{name.rpartition(".")[0]: kept.why for name, kept in links.KEPT.items()},
    "journal.Entry": "that something happened, when and by whom, without the values",
    "contacts.Merge": "that contacts were merged, without names",
    "contacts.Suppression": "one-way codes of e-mails and phones, so that the person is not contacted again",
    "billing.WalletEntry": "what was charged, with an id that leads nowhere",
    "privacy.Erasure": "this certificate",
}
ASKED = ("name", "email", "note", "proof", "refused_because", "extended_because")
PARTLY = {"opportunity": ("name", "source", "custom", "contact"), "privacy_request": ASKED}
WHY = "a person is erased"


def begin(contact: Contact, request: PrivacyRequest | None = None) -> Erasure:
    """Note that a contact is to be erased; the same when it was noted before.

    Args:
        request: the privacy request that this answers.

    Raises:
        Forbidden: the actor is no admin. Refused: the request is another one's, or its identity is not verified.
    """
    actor = scope.current().actor
    if not actor.is_admin or not actor.may("privacy.write"):
        raise Forbidden("Only admins erase people.")
    if contact.merged_into:
        raise Refused("This contact was merged into another one. Erase that one.")
    if request is not None:
        if request.kind != "erasure" or request.contact_id != contact.pk:
            raise Refused("This request does not ask for the erasure of this contact.")
        if request.state not in ("verified", "in_progress"):
            raise Refused("Note first how the identity was checked.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 6))", [scope.location_id()])
        held: Erasure | None = Erasure.objects.filter(contact_id=contact.pk).first()
        if held is not None:
            return held
        last = Erasure.objects.aggregate(last=Max("number"))["last"] or 0
        row: Erasure = Erasure.objects.create(
            number=last + 1,
            contact_id=contact.pk,
            contact_ids=ids_of(contact),
            request=request,
            owner_id=actor.user_id,
            owner_name=actor.name[:200],
        )
    return row


def run(pk: str) -> Erasure | None:
    """Erase, or go on where a killed worker stopped. Returns the erasure when this made it done."""
    with transaction.atomic():
        row = Erasure.objects.select_for_update().filter(pk=pk).first()
        if row is None or row.is_done:
            return None
        if row.state == "running":
            _erase(row)
            row.state = "files"
            row.save()
    while row.pending:
        default_storage.delete(row.pending[0])
        row.pending = row.pending[1:]
        row.files += 1
        row.save(update_fields=["pending", "files"])
    return _finish(row)


def _erase(row: Erasure) -> None:
    found = Contact.objects.select_for_update().filter(pk=row.contact_id).first()
    if found is not None:  # whatever was folded in since it was begun goes along
        row.contact_ids = list(dict.fromkeys([*row.contact_ids, *ids_of(found)]))
    contact = found or Contact(pk=row.contact_id, location_id=row.location_id)
    is_counted = found is not None and not found.is_trashed
    person = Person.of(row.contact_ids, str(row))
    subjects = [
        *links.repeating_of(person),
        *Merge.objects.filter(master__in=person.ids).values_list("pk", flat=True),
        *Merge.objects.filter(absorbed__overlap=list(person.ids)).values_list("pk", flat=True),
        *PrivacyRequest.objects.filter(contact__in=person.ids).values_list("pk", flat=True),
        *PrivacyRequest.objects.filter(email__in=person.own_emails).values_list("pk", flat=True),
        *places.exports_for(person),
    ]
    suppressing.add(person.emails, person.phones)
    keys = links.files_of(person)
    counts = places.erase(person, keys)
    for store, number in links.erase(person).items():
        counts[store] = counts.get(store, 0) + number
    blanked = redacting.blank(person.ids, subjects, person.label, PARTLY, reason=WHY)
    blanked += redacting.rewrite(person.needles, person.clean_entry, reason=WHY)
    counts[Entry._meta.label] = blanked
    if is_counted:
        limits.give_back("contacts")
    write("contact.erased", contact, {}, {"number": row.number})
    row.counts, row.pending = counts, list(dict.fromkeys(filter(None, keys)))


def _finish(row: Erasure) -> Erasure:
    with transaction.atomic():
        row = Erasure.objects.select_for_update().get(pk=row.pk)
        if row.is_done:
            return row
        request = PrivacyRequest.objects.filter(pk=row.request_id or "").first()
        for state in ("in_progress", "done"):
            if request is not None and state in dict(request.next_states):
                request.move_to(state)
        row.state, row.done_at = "done", max(clock.now(), row.began_at)
        row.hash = hashlib.sha256(certificate(row).encode()).hexdigest()
        row.save()
    return row


def certificate(row: Erasure) -> str:
    """The certificate as JSON that is always the same; its hash is kept beside it. It says nothing about the person."""
    assert row.done_at is not None
    place = current.location()
    content = {
        "erased": str(row),
        "location": {"id": place.pk},
        "by": row.owner_name,
        "began_at": clock.iso(row.began_at),
        "done_at": clock.iso(row.done_at),
        "rows": row.counts,
        "files": row.files,
        "kept_because": KEPT,
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)


def is_genuine(row: Erasure) -> bool:
    """Whether the certificate still is the one that was written when the erasure was done."""
    return hashlib.sha256(certificate(row).encode()).hexdigest() == row.hash
