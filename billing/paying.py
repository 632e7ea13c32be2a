"""Charging a card for an invoice: a try is written down before the gateway is asked, and its result afterwards.

The gateway is never asked inside a transaction, so a crash at any moment leaves an attempt that `billing.resolving`
brings to its end; the attempt's key makes asking again harmless.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from billing import gateways, invoicing, lifecycle, notices, purchases, terms
from billing.dates import after, in_words
from billing.gateways import NoAnswer, Outcome
from billing.holding import held, locked_invoice
from billing.models import Attempt, Invoice, PaymentMethod, Subscription
from billing.money import dollars
from billing.periods import begin_period
from core import clock
from core.errors import Refused
from journal.writing import write

REFUND_DUE = "paid twice: to be given back"
GIVEN_BACK = "paid twice: given back"


class PaymentInProgress(Refused):
    """Another attempt of the same invoice has no result yet."""

    status = 422
    code = "payment_in_progress"


def pay(invoice_id: str, company_id: str, method: PaymentMethod | None = None) -> Attempt:
    """A person pays an invoice now, with a card of theirs or the default one.

    Raises:
        Refused: it is not to be paid.
        PaymentInProgress: an attempt is under way.
    """
    return collect(invoice_id, company_id, method, is_automatic=False)


def collect(
    invoice_id: str,
    company_id: str,
    method: PaymentMethod | None = None,
    *,
    step: int = 0,
    is_automatic: bool = True,
) -> Attempt:
    """One attempt at an invoice. `step` is that of the retries, 0 before them.

    Raises:
        Refused: the invoice is not to be paid.
        PaymentInProgress: an attempt is under way.
    """
    with held(company_id) as subscription:
        invoice = locked_invoice(invoice_id)
        attempt = _begin(subscription, invoice, method, step, is_automatic)
    if not attempt.is_final:
        ask(attempt)
    return attempt


def _begin(
    subscription: Subscription, invoice: Invoice, method: PaymentMethod | None, step: int, is_automatic: bool
) -> Attempt:
    if not invoice.is_unpaid:
        raise Refused("This invoice does not wait for a payment.")
    before = list(Attempt.objects.filter(invoice=invoice).order_by("number"))
    if before and not before[-1].is_final:
        raise PaymentInProgress("A payment of this invoice is in progress. Wait for its result.")
    method = method or default_method()
    if step:
        invoice.change("plan_invoice.tried", facts={"step": step}, step=step)
    attempt = Attempt(
        company_id=invoice.company_id, invoice=invoice, number=len(before) + 1, method=method, step=step,
        amount_cents=invoice.total_cents, is_automatic=is_automatic, card=str(method or ""),
    )  # fmt: skip
    attempt.save(force_insert=True)
    if method is None:
        fail(subscription, invoice, attempt, Outcome("failed", reason="no_method"))
    elif method.is_expired:
        fail(subscription, invoice, attempt, Outcome("failed", reason="expired_card"))
    elif method.refused_as and is_automatic:  # the bank will not change its mind: the step goes on, the card is spared
        fail(subscription, invoice, attempt, Outcome("failed", reason=method.refused_as, is_hard=True))
    return attempt


def ask(attempt: Attempt) -> None:
    """Send an attempt to the gateway and note the result. Harmless to repeat: the key is the attempt's own."""
    if attempt.state == "created":
        attempt.become("processing", asked_at=clock.now())
    method = attempt.method
    assert method is not None
    try:
        outcome = gateways.named(method.gateway).charge(
            method.token, attempt.amount_cents, attempt.invoice.currency, attempt.key,
            f"HoopAI {attempt.invoice.number}", settings.BASE_URL + reverse("billing:back", args=[attempt.pk]),
            is_present=not attempt.is_automatic,
        )  # fmt: skip
    except NoAnswer:
        outcome = Outcome("processing")
    settle(attempt.pk, attempt.company_id, outcome)
    attempt.refresh_from_db()


def settle(attempt_id: str, company_id: str, outcome: Outcome) -> None:
    """Note what the gateway says of an attempt. Told twice, late or out of order, it has the effect of once.

    Nothing unpays a paid invoice; a second success is given back by `resolving`.
    """
    with held(company_id) as subscription:
        invoice_id = Attempt.objects.filter(pk=attempt_id).values_list("invoice_id", flat=True).first()
        if invoice_id is None:
            return
        invoice = locked_invoice(invoice_id)
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("method").get(pk=attempt_id)
        if attempt.state == "succeeded" or (attempt.state == "failed" and outcome.state != "succeeded"):
            return
        if outcome.state == "succeeded":
            succeed(subscription, invoice, attempt, outcome)
        elif outcome.state == "failed":
            fail(subscription, invoice, attempt, outcome)
        elif outcome.state == "needs_action":
            if attempt.state != "needs_action":
                attempt.become("needs_action", confirm_url=outcome.confirm_url, reference=outcome.reference)
                facts = {"number": invoice.number, "amount": dollars(invoice.total_cents)}
                notices.tell(company_id, "confirm_with_bank", attempt.key, **facts)
        elif attempt.state != "unknown":
            attempt.become("unknown", reference=outcome.reference, asked_at=clock.now())
        else:
            attempt.become("unknown", asked_at=clock.now())


def succeed(subscription: Subscription, invoice: Invoice, attempt: Attempt, outcome: Outcome) -> None:
    """The card was charged. Inside the transaction that holds both."""
    attempt.become("succeeded", reference=outcome.reference, reason="", confirm_url="")
    if not invoice.is_unpaid:
        attempt.become("succeeded", note=REFUND_DUE)
        facts = {"reference": outcome.reference, "amount": attempt.amount_cents}
        write("plan_invoice.paid_twice", invoice, {}, facts)
        return
    settled(subscription, invoice, dollars(attempt.amount_cents))


def settled(subscription: Subscription, invoice: Invoice, amount: str) -> None:
    """The invoice is paid: what it was for happens, and what waited for it resumes. Inside the same transaction."""
    was_late = invoice.state == "overdue"
    invoice.change("plan_invoice.paid", facts={"amount": amount}, state="paid", paid_at=clock.now())
    if not was_late:  # a purchase is late only after a lost dispute; what it was for happened when it was first paid
        purchases.apply(subscription, invoice)
    notices.tell(
        invoice.company_id,
        "payment_received" if was_late else "receipt",
        invoice.pk,
        number=invoice.number,
        amount=amount,
    )
    resume(subscription, invoice)


def resume(subscription: Subscription, invoice: Invoice) -> None:
    """Back to active when nothing overdue is left. A period that ended meanwhile is followed by a new one from now."""
    if subscription.state not in (lifecycle.PAST_DUE, lifecycle.SUSPENDED):
        return
    if Invoice.objects.filter(state="overdue").exclude(pk=invoice.pk).exists():
        return
    was_suspended = subscription.state == lifecycle.SUSPENDED
    subscription.enter("invoices_paid", past_due_since=None, delete_after=None)
    if was_suspended:
        notices.tell(invoice.company_id, "reactivated", invoice.pk)
        now = clock.now()
        if subscription.period_end <= now:
            begin_period(subscription, now, anchor=now)


def fail(subscription: Subscription, invoice: Invoice, attempt: Attempt, outcome: Outcome) -> None:
    """The card was not charged. Inside the transaction that holds both."""
    attempt.become(
        "failed", reason=outcome.reason or "card_declined", is_hard=outcome.is_hard, reference=outcome.reference,
        confirm_url="",
    )  # fmt: skip
    reason = gateways.in_words(attempt.reason)
    write("plan_invoice.charge_failed", invoice, {}, {"reason": reason, "card": attempt.card})
    if outcome.is_hard and attempt.method and not attempt.method.refused_as:
        attempt.method.change(facts={"card": str(attempt.method)}, refused_as=attempt.reason)
    if invoice.state == "open" and invoice.purpose != "renewal":
        invoicing.void(subscription, invoice, f"The payment failed: {reason}")
    elif invoice.state == "open" and attempt.is_automatic:
        begin_retries(subscription, invoice)
    elif invoice.state == "overdue" and attempt.is_automatic and attempt.step:
        step_failed(subscription, invoice, attempt.step, reason)


def begin_retries(subscription: Subscription, invoice: Invoice) -> None:
    """Day 0: the first charge failed. It counts from the billing instant, or from now when that is a day ago or more."""
    now, since = clock.now(), invoice.period_start or clock.now()
    if now - since >= after(1):
        since = now
    invoice.change("plan_invoice.overdue", state="overdue", overdue_since=since, step=0)
    if subscription.state == lifecycle.ACTIVE:
        subscription.enter("charge_failed", past_due_since=since)


def step_failed(subscription: Subscription, invoice: Invoice, step: int, reason: str) -> None:
    """A retry failed: its mail, and after the last one the end of service. Harmless to repeat."""
    rules = terms.current()
    days, mails = rules["payments"]["retry_days"], rules["payments"]["retry_mails"]
    since = invoice.overdue_since
    assert since is not None
    facts = {"number": invoice.number, "amount": dollars(invoice.total_cents), "reason": reason}
    if step < len(days):
        facts |= {"next": in_words(since + after(days[step])), "stops": in_words(since + after(days[-1]))}
        notices.tell(invoice.company_id, mails[step - 1], invoice.pk, **facts)
        return
    write("plan_invoice.retries_exhausted", invoice, {}, {"number": invoice.number})
    if subscription.state == lifecycle.PAST_DUE:
        ends = subscription.past_due_since + after(rules["keeping"]["suspended_days"])
        subscription.enter("retries_exhausted", delete_after=ends)
        notices.tell(invoice.company_id, mails[step - 1], invoice.pk, **facts, deletion=in_words(ends))


def default_method() -> PaymentMethod | None:
    """The card that is charged when none is named: the company's in scope."""
    found: PaymentMethod | None = PaymentMethod.objects.filter(is_default=True, removed_at=None).first()
    return found
