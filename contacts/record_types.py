"""Contacts and companies are kinds of records: they carry custom fields, and associations link them."""

from __future__ import annotations

from django.db.models import Q

from contacts import companies
from contacts.models import Business, Contact
from contacts.quick_forms import QuickBusinessForm, QuickContactForm
from contacts.uses import lists_naming_field
from core.pages import link
from core.phones import pretty
from objects import types
from objects.doors import Doors
from objects.standard import BUSINESS


def put_under(contact_id: str, business_id: str) -> None:
    """Let a contact work for a company, in place of the one it had."""
    companies.put_in(Business.objects.get(pk=business_id), [contact_id])


def take_from_under(contact_id: str, business_id: str) -> None:
    companies.take_out(Business.objects.get(pk=business_id), [contact_id])


UNDER_A_BUSINESS = types.OwnLink(
    key="contact_business",
    first="contact",
    second="business",
    labels=("Works at", "Employs"),
    holder="contact",
    column="business",
    put=put_under,
    take=take_from_under,
)


def register() -> None:
    types.register(
        types.RecordType(
            key="contact",
            label="Contact",
            plural="Contacts",
            model=Contact,
            live=Q(deleted_at=None),
            uses=lists_naming_field,
            icon="user",
            hint_of=lambda row: row.email or (pretty(row.phone) if row.phone else ""),
            address=lambda pk: link("contacts:show", pk),
            create_address=lambda: link("contacts:create"),
            reads="contacts.readonly",
            writes="contacts.write",
            own_links=(UNDER_A_BUSINESS,),
            form=QuickContactForm,
        )
    )
    types.register(
        types.RecordType(
            key="business",
            label="Company",
            plural="Companies",
            model=Business,
            live=Q(deleted_at=None),
            icon="building",
            hint_of=lambda row: row.city or row.email,
            address=lambda pk: link("contacts:business", pk),
            create_address=lambda: link("contacts:business_create"),
            reads="businesses.readonly",
            writes="businesses.write",
            form=QuickBusinessForm,
            doors=Doors(
                columns={one.key: one.key for one in BUSINESS.properties},
                add=companies.add_business,
                edit=companies.edit_business,
                delete=companies.delete_business,
            ),
        )
    )
