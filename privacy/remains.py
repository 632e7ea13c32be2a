"""What stays of a deleted account, because the law wants it kept: a table, and nothing else stays."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q


class Remain(NamedTuple):
    """The rows of a store that stay (`rows`, over its own columns) and why."""

    store: str
    why: str
    rows: Q = Q()


REMAINS = [
    Remain("accounts.Company", "the name the invoices are made out to; everything else in it is emptied"),
    Remain("billing.Invoice", "issued invoices are kept for seven years", ~Q(state="draft")),
    Remain("billing.InvoiceLine", "part of the invoices", ~Q(invoice__state="draft")),
    Remain("billing.CreditNote", "part of the invoices"),
    Remain("billing.Subscription", "that it was deleted, and when; what was said about it is emptied"),
    Remain("privacy.Deletion", "the proof of the deletion, with the legal name, address and tax number"),
]
BY_STORE = {remain.store: remain for remain in REMAINS}
