"""Opportunities carry custom fields and can be linked: their row of the table in `objects.types`."""

from __future__ import annotations

from django.db.models import Q

from core.errors import Refused
from core.pages import link
from objects import types
from opportunities import dealing
from opportunities.models import Opportunity
from opportunities.quick_form import quick_form


def contact_of(row: Opportunity) -> str:
    return str(row.contact)


def put_with_contact(contact_id: str, opportunity_id: str) -> None:
    """Nothing to do for an opportunity made with that contact.

    Raises:
        Refused: it was made with another.
    """
    if not Opportunity.objects.filter(pk=opportunity_id, contact=contact_id).exists():
        raise Refused("The contact of an opportunity is chosen when it is made. Add others as additional contacts.")


def put_with_business(business_id: str, opportunity_id: str) -> None:
    dealing.edit(Opportunity.objects.get(pk=opportunity_id), business=business_id)


def take_from_business(business_id: str, opportunity_id: str) -> None:
    dealing.edit(Opportunity.objects.get(pk=opportunity_id), business=None)


OF_A_CONTACT = types.OwnLink(
    key="contact_opportunity",
    first="contact",
    second="opportunity",
    labels=("Has opportunity", "Primary contact"),
    holder="opportunity",
    column="contact",
    put=put_with_contact,
    is_made_with=True,
)
OF_A_BUSINESS = types.OwnLink(
    key="business_opportunity",
    first="business",
    second="opportunity",
    labels=("Has opportunity", "For the company"),
    holder="opportunity",
    column="business",
    put=put_with_business,
    take=take_from_business,
)


def register() -> None:
    types.register(
        types.RecordType(
            "opportunity",
            "Opportunity",
            "Opportunities",
            Opportunity,
            Q(deleted_at=None),
            icon="board",
            hint_of=contact_of,
            address=lambda pk: link("opportunities:show", pk),
            create_address=lambda: link("opportunities:create"),
            reads="opportunities.readonly",
            writes="opportunities.write",
            reaches=("contact",),
            own_links=(OF_A_CONTACT, OF_A_BUSINESS),
            form=quick_form,
            form_on=("contact",),
        )
    )
