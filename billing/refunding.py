"""Money that goes back: refunds with a credit note, and disputes that a bank opens."""

from __future__ import annotations

from billing import crediting, gateways, lifecycle, notices, numbering, paying
from billing.dates import after
from billing.gateways import NoAnswer
from billing.holding import held, locked_invoice
from billing.models import Attempt, CreditNote, Invoice
from billing.money import dollars
from core import clock
from core.errors import Invalid, Refused
from core.tasks import task


def refund(company_id: str, invoice_id: str, cents: int, reason: str) -> CreditNote:
    """Give back part or all of a paid invoice, to its card; as credit where the card is gone.

    The note and the amount are kept before the gateway is asked, under a key that makes asking again harmless.

    Raises:
        Refused: it is not paid, or there is not so much left of it.
        Invalid: no reason, or no amount.
    """
    if cents <= 0 or not reason.strip():
        raise Invalid({"reason": "Name an amount and a reason."})
    with held(company_id) as row:
        invoice = locked_invoice(invoice_id)
        if invoice.state != "paid":
            raise Refused("Only a paid invoice can be refunded.")
        if cents > invoice.total_cents - invoice.refunded_cents:
            raise Refused("There is not so much left of the payment.")
        paid_by = Attempt.objects.filter(invoice=invoice, state="succeeded", note="").select_related("method").last()
        is_credit = paid_by is None or paid_by.method is None or paid_by.method.removed_at is not None
        invoice.change("plan_invoice.refunded", facts={"amount": cents}, refunded_cents=invoice.refunded_cents + cents)
        note = CreditNote.record_new(
            company_id=company_id, invoice=invoice, amount_cents=cents, reason=reason.strip()[:300],
            is_credit=is_credit, number=numbering.take("CN"),
        )  # fmt: skip
        if is_credit:
            crediting.give(row, cents, "refund", f"Credit note {note.number}", invoice)
        facts = {"number": invoice.number, "amount": dollars(cents), "reason": note.reason, "note": note.number}
        notices.tell(company_id, "refund", note.pk, **facts)
    if not is_credit and paid_by is not None and paid_by.method is not None:
        wish = (paid_by.method.gateway, paid_by.reference, cents, f"note-{note.pk}")
        try:
            give_back(*wish)
        except NoAnswer:
            give_back.delay(*wish)
    return note


@task(autoretry_for=(NoAnswer,), retry_backoff=60, retry_backoff_max=6 * 3600, max_retries=12)
def give_back(gateway: str, reference: str, cents: int, key: str) -> None:
    """Have the gateway return money; tried again for days while it does not answer, which the key makes harmless."""
    gateways.named(gateway).refund(reference, cents, key)


def dispute(company_id: str, invoice_id: str) -> None:
    """The bank disputes a payment: people are told, and the account stays as it is."""
    with held(company_id):
        invoice = locked_invoice(invoice_id)
        if invoice.state != "paid" or invoice.is_disputed:
            return
        invoice.change("plan_invoice.disputed", is_disputed=True)
        facts = {"number": invoice.number, "amount": dollars(invoice.total_cents)}
        notices.tell(company_id, "dispute_opened", invoice.pk, **facts)


def end_dispute(company_id: str, invoice_id: str, is_won: bool) -> Invoice:
    """The dispute is decided. A lost one makes the invoice overdue again, from the step of the first mail on."""
    with held(company_id) as row:
        invoice = locked_invoice(invoice_id)
        if not invoice.is_disputed:
            return invoice
        facts = {"outcome": "won" if is_won else "lost"}
        if is_won:
            invoice.change("plan_invoice.dispute_ended", facts=facts, is_disputed=False)
            return invoice
        since = clock.now() - after(3)
        invoice.change(
            "plan_invoice.dispute_ended", facts=facts, is_disputed=False, state="overdue", overdue_since=since, step=0,
            paid_at=None,
        )  # fmt: skip
        if row.state == lifecycle.ACTIVE:
            row.enter("charge_failed", past_due_since=since, due_at=clock.now())
        return invoice


def void(company_id: str, invoice_id: str, reason: str) -> None:
    """Staff take an unpaid invoice back; the account is as if it had been paid.

    Raises:
        Refused: it is paid, or an attempt is under way.
    """
    with held(company_id) as row:
        invoice = locked_invoice(invoice_id)
        if Attempt.objects.filter(invoice=invoice).exclude(state__in=lifecycle.FINAL).exists():
            raise paying.PaymentInProgress("A payment of this invoice is in progress.")
        paying.invoicing.void(row, invoice, reason)
        paying.resume(row, invoice)
