"""Who is erased: the ids, addresses and names by which rows are found and texts are cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection

from contacts.merging import former
from contacts.models import Contact, Merge
from core import scope

SHORTEST = 8  # digits of a phone that is looked for without its country code


@dataclass(frozen=True)
class Person:
    """`emails` and `phones` are all the person has; `own` are those that nobody else here has as well."""

    ids: tuple[str, ...]
    label: str
    names: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # names alone, which mean the person only where an id does too
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    own: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, ids: Sequence[str], label: str) -> Person:
        """From the rows as they still are; those that are gone add nothing."""
        rows = list(Contact.objects.filter(pk__in=list(ids)).order_by("pk"))
        names = {" ".join(row.name.split()) for row in rows}
        for row in Merge.objects.filter(absorbed__overlap=list(ids)) | Merge.objects.filter(master__in=list(ids)):
            names |= {" ".join(str(name).split()) for pk, name in row.names.items() if pk in ids}
        emails = tuple(dict.fromkeys(email for row in rows for email in row.emails))
        phones = tuple(dict.fromkeys(held["number"] for row in rows for held in row.phones))
        shared = _shared(ids, emails, phones)
        told = {name for name in names if " " in name and "@" not in name}
        words = {one for row in rows for one in (row.first_name, row.last_name)} | names
        own = frozenset({*emails, *phones} - shared)
        return cls(tuple(ids), label, tuple(sorted(told)), frozenset(filter(None, words)), emails, phones, own)

    @property
    def own_emails(self) -> list[str]:
        return [email for email in self.emails if email in self.own]

    @property
    def own_phones(self) -> list[str]:
        return [phone for phone in self.phones if phone in self.own]

    @property
    def needles(self) -> list[str]:
        """What an entry or text may mention the person by."""
        return [*self.ids, *self.own]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [re.escape(one) for one in sorted({*self.own, *self.names}, key=len, reverse=True)]
        return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None

    def clean(self, value: Any) -> Any:
        """A JSON value with the person's addresses and full names replaced by the label, in keys as well."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(self.label, value)
        if isinstance(value, list):
            return [self.clean(one) for one in value]
        if isinstance(value, dict):
            return {self.clean(key): self.clean(one) for key, one in value.items()}
        return value

    def clean_entry(self, value: Any) -> Any:
        """The same for what is told beside an id of the person: there a first name alone means them as well."""
        if isinstance(value, str):
            return self.label if value in self.words else self.clean(value)
        if isinstance(value, list):
            return [self.clean_entry(one) for one in value]
        if isinstance(value, dict):
            return {self.clean(key): self.clean_entry(one) for key, one in value.items()}
        return value

    def without(self, value: Any) -> Any:
        """The same, and members of lists that are ids of the person are left out."""
        if isinstance(value, list):
            return [self.without(one) for one in value if not (isinstance(one, str) and one in self.ids)]
        if isinstance(value, dict):
            return {self.clean(key): self.without(one) for key, one in value.items() if key not in self.ids}
        return self.clean(value)

    def is_in(self, cells: Iterable[str]) -> bool:
        """Whether a row of a file has one of the person's own addresses, however a phone is written."""
        for cell in cells:
            text = cell.lower()
            if any(email in text for email in self.own_emails):
                return True
            digits = re.sub(r"\D", "", cell).lstrip("0")
            if len(digits) >= SHORTEST and any(phone.endswith(digits) for phone in self.own_phones):
                return True
        return False


def ids_of(contact: Contact) -> list[str]:
    """The contact and everybody who was folded into it."""
    absorbed = Contact.objects.filter(merged_into=contact.pk).values_list("pk", flat=True)
    return list(dict.fromkeys([*former.ids_of(contact.pk), *absorbed]))


def _shared(ids: Sequence[str], emails: Sequence[str], phones: Sequence[str]) -> set[str]:
    """The addresses that another contact of the location has as well. One query."""
    if not emails and not phones:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT held.value FROM contacts_contact AS c, LATERAL (
                SELECT c.email AS value UNION ALL SELECT unnest(c.more_emails) UNION ALL SELECT c.phone
                UNION ALL SELECT p ->> 'number' FROM jsonb_array_elements(c.more_phones) AS p) AS held
            WHERE c.location_id = %s AND c.id <> ALL(%s) AND held.value = ANY(%s)
            AND (c.email = ANY(%s) OR c.more_emails && %s::varchar[] OR c.phone = ANY(%s)
                OR (c.more_phones <> '[]' AND c.more_phones::text LIKE ANY(%s)))""",
            [
                scope.location_id(), list(ids), [*emails, *phones], list(emails), list(emails), list(phones),
                [f"%{phone}%" for phone in phones],
            ],
        )  # fmt: skip
        return {row[0] for row in cursor.fetchall()}
