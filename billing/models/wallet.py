from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from billing.models.payment_method import PaymentMethod
from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager

FLOOR = -10_000_000  # micros: how far a call in progress may drive the balance
TOP_UP_STATES = {
    "charging": "In progress",
    "unknown": "The bank has not answered",
    "needs_action": "Waits for a confirmation",
    "succeeded": "Paid",
    "failed": "Failed",
}
OPEN = ["charging", "unknown", "needs_action"]


class Wallet(CompanyModel, Recorded):
    """The prepaid money of a company, in micros: millionths of a dollar.

    The sums are those of the postings. Only the database function `billing_wallet_post` moves them, one number further
    with each entry.
    """

    NOUN = "wallet"
    UNRECORDED = frozenset({"asked_at", "failures", "level", "level_number"})

    # found by its unique constraints, which begin with the company: an index of its own would mislead the planner
    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="+", editable=False, db_index=False)
    available_micros = models.BigIntegerField(default=0, editable=False)
    held_micros = models.BigIntegerField(default=0, editable=False)
    floor_micros = models.BigIntegerField(default=FLOOR)
    below_floor_micros = models.BigIntegerField(default=0, editable=False)  # where a chargeback went further
    number = models.BigIntegerField(default=0, editable=False)  # of the last entry
    moved_at = models.DateTimeField(default=clock.now, editable=False)
    level = models.PositiveSmallIntegerField(default=2, editable=False)  # 0 enough, 1 low, 2 empty
    level_number = models.BigIntegerField(default=0, editable=False)  # of the entry that last made it worse
    is_automatic = models.BooleanField(default=False)  # whether the card is charged by itself
    threshold_cents = models.PositiveIntegerField(default=1_000)
    amount_cents = models.PositiveIntegerField(default=5_000)
    daily_most = models.PositiveSmallIntegerField(default=5)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)  # since when a recharge is wanted

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_wallet_a_company"),
            models.CheckConstraint(
                condition=Q(available_micros__gte=F("floor_micros") - F("below_floor_micros")), name="wallet_floor"
            ),
            models.CheckConstraint(condition=Q(held_micros__gte=0), name="wallet_held_not_negative"),
            models.CheckConstraint(condition=Q(below_floor_micros__gte=0), name="wallet_below_floor"),
            models.CheckConstraint(condition=Q(threshold_cents__range=(500, 50_000)), name="wallet_threshold"),
            models.CheckConstraint(condition=Q(amount_cents__range=(1_000, 100_000)), name="wallet_amount"),
            models.CheckConstraint(condition=Q(daily_most__range=(1, 50)), name="wallet_daily_most"),
        ]

    def __str__(self) -> str:
        return f"{self.balance_micros} micros"

    @property
    def balance_micros(self) -> int:
        """What is there: available and held."""
        return self.available_micros + self.held_micros


class TopUp(CompanyModel):
    """A charge of a card for the wallet, by a person or by itself. One of each at most is without an end."""

    cents = models.PositiveIntegerField()
    is_automatic = models.BooleanField(default=False)
    state = models.CharField(max_length=15, default="charging", choices=list(TOP_UP_STATES.items()))
    method = models.ForeignKey(PaymentMethod, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=100, blank=True, default="")  # the charge at the gateway
    reason = models.CharField(max_length=40, blank=True, default="")
    confirm_url = models.CharField(max_length=2000, blank=True, default="")
    asked_by = models.CharField(max_length=20, blank=True, default="")  # the person's id
    began_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(default=clock.now)  # when the gateway was last asked
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "is_automatic"], condition=Q(state__in=OPEN), name="one_top_up_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=list(TOP_UP_STATES)), name="top_up_state"),
            models.CheckConstraint(condition=Q(cents__range=(1_000, 100_000)), name="top_up_amount"),
            models.CheckConstraint(condition=Q(state__in=OPEN) | Q(ended_at__isnull=False), name="top_up_ended_when"),
        ]
        indexes = [models.Index(fields=["began_at"], name="top_up_open", condition=Q(state__in=OPEN))]

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"

    @property
    def key(self) -> str:
        """What makes the gateway charge once, however often it is asked."""
        return f"wallet-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
