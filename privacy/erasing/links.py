"""What hangs on contacts by foreign key. The keys are found from the models: whoever adds one is part of every erasure.

Its rows are deleted, unless KEPT says what becomes of them. A test holds that KEPT names keys that exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from contacts.merging.moving import Source, sources
from contacts.models import Contact, Document, DocumentVersion, RecurringTask
from contacts.models.trash import ERASED
from core import clock, scope
from journal.recorded import quietly
from objects.models import CustomField
from opportunities.models import Opportunity
from privacy import files
from privacy.erasing.who import Person
from privacy.models import DataExport, PrivacyRequest

COUNTED_FIELDS = (  # kinds of fields of a deal whose values name nobody
    "NUMERICAL", "FLOAT", "MONETORY", "DATE", "TIME", "SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "RADIO", "CHECKBOX",
)  # fmt: skip


class Kept(NamedTuple):
    """Rows of a foreign key that stay: why, and what is done with them. Returns how many."""

    why: str
    settle: Callable[[Person], int]


def _keep_deals(person: Person) -> int:
    """Deals stay for the sums, of a nameless contact that no list shows."""
    deals = Opportunity.objects.filter(contact__in=person.ids)
    chosen = list(deals.order_by("pk").only("id", "custom"))
    if not chosen:
        return 0
    counted = {*CustomField.objects.filter(model="opportunity", type__in=COUNTED_FIELDS).values_list("pk", flat=True)}
    now = clock.now()
    with quietly(reason="contact.erased tells of the deals as well"):
        (nobody,) = Contact.objects.bulk_create(
            [Contact(first_name=person.label, deleted_at=now, merged_into=ERASED, date_added=now, date_updated=now)]
        )
        for deal in chosen:
            deal.custom = {key: value for key, value in deal.custom.items() if key in counted}
        Opportunity.objects.bulk_update(chosen, ["custom"], batch_size=500)
        return int(deals.update(contact=nobody, name=person.label, source="", date_updated=now))


def _keep_requests(person: Person) -> int:
    """The register goes on saying that a request was made and when it was answered."""
    rows = PrivacyRequest.objects.filter(contact__in=person.ids) | PrivacyRequest.objects.filter(
        email__in=person.own_emails
    )
    with quietly(reason="contact.erased tells of it; an entry would keep what is taken out"):
        return int(
            PrivacyRequest.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
                contact=None, name=person.label, email="", note="", proof="", refused_because="", extended_because="",
                date_updated=clock.now(),
            )
        )  # fmt: skip


def _keep_exports(person: Person) -> int:
    """Their files are thrown away with those of all exports of the location; see `privacy.erasing.places`."""
    with quietly(reason="that somebody exported it stays"):
        return int(DataExport.objects.filter(contact__in=person.ids).update(contact=None))


KEPT = {
    "opportunities.Opportunity.contact": Kept("deals stay for the sums, with the name replaced", _keep_deals),
    "privacy.PrivacyRequest.contact": Kept("that a request was made and answered, without the person", _keep_requests),
    "privacy.DataExport.contact": Kept("that data was exported, by whom and when", _keep_exports),
}


def files_of(person: Person) -> list[str]:
    """The storage keys of everything that lies with the person: documents, pictures, files in fields, also of deals."""
    held = Document.objects.filter(contact__in=person.ids)
    found = list(DocumentVersion.objects.filter(document__in=held.values("pk")).values_list("key", flat=True))
    found += Contact.objects.filter(pk__in=person.ids).exclude(picture="").values_list("picture", flat=True)
    deals = Opportunity.objects.filter(contact__in=person.ids).values_list("pk", flat=True)
    for pk in [*person.ids, *deals]:
        found += files.below(f"files/{scope.location_id()}/{pk}")
    return list(dict.fromkeys(found))


def repeating_of(person: Person) -> list[str]:
    """Repeating tasks that are about nobody else."""
    others = RecurringTask.contacts.through._base_manager.exclude(contact__in=person.ids)
    mine = RecurringTask.objects.filter(contacts__in=person.ids).distinct()
    return list(mine.exclude(pk__in=others.values("recurringtask")).values_list("pk", flat=True))


def erase(person: Person) -> dict[str, int]:
    """Delete or settle the rows of every foreign key to a contact, then the contacts. Returns {store: rows}."""
    alone = repeating_of(person)
    counts: dict[str, int] = {}

    def add(store: str, number: int) -> None:
        if number:
            counts[store] = counts.get(store, 0) + number

    for source in sources(Contact):
        kept = KEPT.get(source.name)
        if kept is not None:
            add(source.model._meta.label, kept.settle(person))
        else:
            for label, number in _deleted(source, person).items():
                add(label, number)
    with quietly(reason="contact.erased is written for the person"):
        add(RecurringTask._meta.label, RecurringTask.objects.filter(pk__in=alone).delete()[0])
        add(Contact._meta.label, Contact.objects.filter(pk__in=person.ids).delete()[0])
    return counts


def _deleted(source: Source, person: Person) -> dict[str, int]:
    manager: Any = source.model._base_manager
    found: dict[str, int] = manager.filter(**{f"{source.field.name}__in": person.ids}).delete()[1]
    return found
