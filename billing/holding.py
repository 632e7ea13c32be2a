"""Taking a company's subscription for a transaction: everything that bills takes this lock first, then the invoice's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from billing.models import Invoice, Subscription
from core import scope
from core.errors import NotFound


@contextmanager
def held(company_id: str) -> Iterator[Subscription]:
    """One transaction in the company's scope, with its subscription locked and fresh.

    Raises:
        NotFound: the company has taken no plan.
    """
    with transaction.atomic(), scope.use(company_id=company_id):
        row = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "next_plan").first()
        if row is None:
            raise NotFound("This company has no subscription.")
        yield row


def locked_invoice(invoice_id: str) -> Invoice:
    """The company's invoice, locked and fresh. The caller holds the subscription.

    Raises:
        NotFound: there is none of that id in this company.
    """
    found: Invoice | None = Invoice.objects.select_for_update().filter(pk=invoice_id).first()
    if found is None:
        raise NotFound("There is no such invoice.")
    return found
