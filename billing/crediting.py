"""Credit of a company with us: a ledger that is never negative and lowers the next invoices."""

from __future__ import annotations

from billing.models import CreditEntry, Invoice, Subscription
from core.errors import Refused
from journal.recorded import quietly


def give(held: Subscription, cents: int, source: str, text: str = "", invoice: Invoice | None = None) -> None:
    """Add credit. The caller holds the subscription's lock."""
    _book(held, cents, source, text, invoice)


def use(held: Subscription, most: int, invoice: Invoice) -> int:
    """Take up to `most` cents for an invoice. The caller holds the subscription's lock. Returns what was taken."""
    taken = min(held.credit_cents, max(most, 0))
    if taken:
        _book(held, -taken, "invoice", "", invoice)
    return taken


def _book(held: Subscription, cents: int, source: str, text: str, invoice: Invoice | None) -> None:
    if held.credit_cents + cents < 0:
        raise Refused("There is not so much credit.")
    CreditEntry.objects.create(
        company_id=held.company_id, amount_cents=cents, source=source, text=text, invoice=invoice
    )
    held.credit_cents += cents
    with quietly(reason="the ledger's line is the record"):
        held.save(update_fields=["credit_cents"])
