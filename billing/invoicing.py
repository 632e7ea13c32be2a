"""Making invoices: a draft with lines, then issued with a number, tax and credit, then frozen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from billing import crediting, notices, numbering, profile, tax
from billing.models import Invoice, InvoiceLine, Subscription
from core import clock
from core.errors import Refused


@dataclass(frozen=True)
class Line:
    """A line to be; `cents` below zero takes off."""

    kind: str
    text: str
    cents: int


def issue(
    held: Subscription,
    purpose: str,
    lines: list[Line],
    wants: dict[str, Any] | None = None,
    period: tuple[dt.datetime, dt.datetime] | None = None,
) -> Invoice:
    """Draft an invoice and finalise it in the caller's transaction. The caller holds the subscription's lock.

    What is left over when the lines come to less than nothing becomes credit. With nothing to pay it is paid at once.
    """
    net = sum(line.cents for line in lines)
    if net < 0:
        lines = [*lines, Line("credit", "Kept as credit", -net)]
    start, end = period or (None, None)
    invoice = Invoice.record_new(
        company_id=held.company_id, purpose=purpose, wants=wants or {}, period_start=start, period_end=end
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            company_id=held.company_id, invoice=invoice, kind=line.kind, text=line.text, amount_cents=line.cents,
            position=place,
        )
        for place, line in enumerate(lines)
    )  # fmt: skip
    if net < 0:
        crediting.give(held, -net, "proration", "Unused days", invoice)
    _finalise(held, invoice, max(net, 0))
    return invoice


def _finalise(held: Subscription, invoice: Invoice, subtotal: int) -> None:
    address = profile.billed_to(held.company_id)
    rate = tax.rate_of(held.company_id, address, clock.today())
    taxed = tax.of(subtotal, rate)
    credit = crediting.use(held, subtotal + taxed, invoice)
    total = subtotal + taxed - credit
    now = clock.now()
    paid = {"state": "open"} if total else {"state": "paid", "paid_at": now}
    invoice.change(
        "plan_invoice.issued",
        facts={"total": total},
        subtotal_cents=subtotal,
        tax_cents=taxed,
        tax_rate=rate.percent,
        tax_name=rate.name,
        tax_note=rate.note,
        credit_cents=credit,
        total_cents=total,
        billed_to=address,
        issued_at=now,
        number=numbering.take("INV"),
        **paid,
    )
    if not total:
        notices.tell(held.company_id, "receipt", invoice.pk, number=invoice.number, total=0)


def void(held: Subscription, invoice: Invoice, reason: str) -> None:
    """Take an unpaid invoice back, with the credit it used. The caller holds both locks.

    Raises:
        Refused: it is paid, or void already.
    """
    if not invoice.is_unpaid:
        raise Refused("Only an invoice that is not paid yet can be voided.")
    invoice.change("plan_invoice.voided", facts={"reason": reason}, state="void", void_reason=reason)
    if invoice.credit_cents:
        crediting.give(held, invoice.credit_cents, "voided", f"Invoice {invoice.number} was voided", invoice)


def unpaid(company_id: str) -> list[Invoice]:
    """The company's invoices that wait for money, oldest first."""
    rows = Invoice.objects.everywhere(reason="the company is named")
    return list(rows.filter(company_id=company_id, state__in=["open", "overdue"]).order_by("pk")[:100])
