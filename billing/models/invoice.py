from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from billing import lifecycle
from billing.models.payment_method import PaymentMethod
from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager

PURPOSES = {"renewal": "Renewal", "plan": "Plan", "upgrade": "Upgrade", "add_on": "Add-on", "one_off": "One-time"}


class Invoice(CompanyModel, Recorded):
    """What a company owes us for something. Its lines and sums are frozen once it has a number."""

    NOUN = "plan_invoice"

    number = models.CharField(max_length=20, blank=True, default="")  # from finalising on
    state = models.CharField(max_length=15, default="draft", choices=list(lifecycle.INVOICE_STATES.items()))
    purpose = models.CharField(max_length=10, choices=list(PURPOSES.items()))
    wants = models.JSONField(default=dict, blank=True)  # what happens when it is paid: {plan: id, interval, ...}
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    subtotal_cents = models.BigIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, default=0)  # per cent, as of finalising
    tax_name = models.CharField(max_length=80, blank=True, default="")
    tax_note = models.CharField(max_length=200, blank=True, default="")  # why there is none, where that must be said
    credit_cents = models.PositiveBigIntegerField(default=0)  # taken from the company's credit
    total_cents = models.BigIntegerField(default=0)  # to be paid
    refunded_cents = models.PositiveBigIntegerField(default=0)
    is_disputed = models.BooleanField(default=False)
    billed_to = models.JSONField(default=dict, blank=True)  # name and address, as of finalising
    issued_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    overdue_since = models.DateTimeField(null=True, blank=True)  # day 0 of the retries
    step = models.PositiveSmallIntegerField(default=0)  # the last retry that has begun
    void_reason = models.CharField(max_length=300, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="invoice_number"),
            models.CheckConstraint(condition=Q(state__in=list(lifecycle.INVOICE_STATES)), name="invoice_state"),
            models.CheckConstraint(condition=Q(state="draft") | ~Q(number=""), name="issued_has_a_number"),
            models.CheckConstraint(
                condition=Q(total_cents=F("subtotal_cents") + F("tax_cents") - F("credit_cents"), total_cents__gte=0),
                name="invoice_sum",
            ),
            models.CheckConstraint(condition=Q(refunded_cents__lte=F("total_cents")), name="refunded_at_most_all"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_when"),
            models.CheckConstraint(
                condition=~Q(state="overdue") | Q(overdue_since__isnull=False), name="overdue_since_when"
            ),
            models.UniqueConstraint(
                fields=["company", "period_start"], condition=Q(purpose="renewal"), name="one_renewal_a_period"
            ),
        ]
        indexes = [models.Index(fields=["company", "-id"], name="invoice_by_company")]

    def __str__(self) -> str:
        return self.number or "Draft"

    @property
    def is_unpaid(self) -> bool:
        return self.state in ("open", "overdue")


class InvoiceLine(CompanyModel):
    """One line of an invoice; a negative amount takes off."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=12)  # base, proration, add_on, usage, one_time
    text = models.CharField(max_length=200)
    amount_cents = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_place")]

    def __str__(self) -> str:
        return self.text


class Attempt(CompanyModel):
    """One try to charge a card for an invoice. At most one of an invoice is without an end."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    method = models.ForeignKey(PaymentMethod, models.PROTECT, related_name="+", null=True)
    card = models.CharField(max_length=40, blank=True, default="")  # as it was called then
    state = models.CharField(max_length=15, default="created")
    amount_cents = models.PositiveBigIntegerField()
    is_automatic = models.BooleanField(default=True)
    step = models.PositiveSmallIntegerField(default=0)
    reference = models.CharField(max_length=100, blank=True, default="")  # the charge at the gateway
    reason = models.CharField(max_length=40, blank=True, default="")
    is_hard = models.BooleanField(default=False)
    confirm_url = models.CharField(max_length=2000, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")
    began_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(default=clock.now)  # when the gateway was last asked
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="attempt_number"),
            models.UniqueConstraint(
                fields=["invoice"], condition=~Q(state__in=lifecycle.FINAL), name="one_attempt_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=list(lifecycle.ATTEMPT_STATES)), name="attempt_state"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"

    @property
    def key(self) -> str:
        """What makes the gateway charge once, however often it is asked."""
        return f"inv-{self.invoice_id}-{self.number}"

    @property
    def is_final(self) -> bool:
        return self.state in lifecycle.FINAL

    def become(self, state: str, **fields: Any) -> None:
        """Save a new state with `fields`; a final one with its time. The caller holds the invoice's lock."""
        fields |= {"state": state}
        if state in lifecycle.FINAL:
            fields["ended_at"] = clock.now()
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))


class CreditNote(CompanyModel, Recorded):
    """Money given back for a paid invoice: to its card, or as credit where the card is gone."""

    NOUN = "credit_note"

    number = models.CharField(max_length=20, unique=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    amount_cents = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)
    is_credit = models.BooleanField(default=False)
    reference = models.CharField(max_length=100, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    def __str__(self) -> str:
        return self.number


class CreditEntry(CompanyModel):
    """A line of the credit ledger; the sum of all is what the subscription shows."""

    amount_cents = models.BigIntegerField()
    source = models.CharField(max_length=20)  # proration, goodwill, dispute, refund, invoice, voided
    text = models.CharField(max_length=200, blank=True, default="")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.source}: {self.amount_cents}"
