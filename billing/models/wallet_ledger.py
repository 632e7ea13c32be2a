from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel, IdField

KINDS = {
    "top_up": "Funds added",
    "recharge": "Automatic recharge",
    "charge": "Usage",
    "rent": "Rent",
    "fee": "Fee",
    "refund": "Refund",
    "adjustment": "Adjustment",
    "promotional": "Promotional credit",
    "chargeback": "Chargeback",
    "hold": "Reserved",
    "release": "Reservation ended",
}
QUIET = ("hold", "release")  # they move money within the wallet
ACCOUNTS = ("available", "held", "revenue", "top_ups", "refunds", "promotional", "adjustments")
HOLD_STATES = {"open": "Open", "captured": "Settled", "released": "Released", "expired": "Expired"}


class WalletEntry(CompanyModel):
    """One movement, written once and never changed. Its postings sum to nothing; its numbers have no gaps.

    What it was for is kept as plain ids: the row outlives the location, the person and the contact.
    """

    # an index of its own would mislead the planner, and the wallet, locked with every entry, vouches for the company
    company = models.ForeignKey(
        "accounts.Company", models.CASCADE, related_name="+", editable=False, db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    reference = models.CharField(max_length=120)  # the provider's record, or ours: once per kind
    amount_micros = models.BigIntegerField()  # what it did to the balance
    balance_micros = models.BigIntegerField()  # afterwards
    price_key = models.CharField(max_length=60, blank=True, default="")
    price_version = models.CharField(max_length=10, blank=True, default="")
    quantity = models.PositiveIntegerField(default=1)
    unit_micros = models.BigIntegerField(default=0)
    channel = models.CharField(max_length=20, blank=True, default="")
    for_location = models.CharField(max_length=20, blank=True, default="")
    for_user = models.CharField(max_length=20, blank=True, default="")
    for_contact = models.CharField(max_length=20, blank=True, default="")
    for_hold = models.CharField(max_length=20, blank=True, default="")
    about = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    happened_at = models.DateTimeField()  # carriers tell late

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "reference"], name="wallet_entry_once"),
            models.UniqueConstraint(fields=["company", "number"], name="wallet_entry_number"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="wallet_entry_kind"),
            models.CheckConstraint(condition=~Q(reference=""), name="wallet_entry_of_something"),
        ]
        indexes = [models.Index(fields=["company", "at"], name="wallet_entry_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_micros}"


class WalletPosting(CompanyModel):
    """A leg of an entry: what it did to one account."""

    # nothing is read by company; that the entry exists is checked with the sum, without a lock on its row
    company = models.ForeignKey(
        "accounts.Company", models.CASCADE, related_name="+", editable=False, db_index=False, db_constraint=False
    )
    entry = models.ForeignKey(WalletEntry, models.CASCADE, related_name="postings", db_index=False, db_constraint=False)
    account = models.CharField(max_length=12, choices=[(name, name) for name in ACCOUNTS])
    micros = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "account"], name="one_posting_an_account"),
            models.CheckConstraint(condition=Q(account__in=ACCOUNTS), name="posting_account"),
            models.CheckConstraint(condition=~Q(micros=0), name="posting_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.micros}"


class WalletHold(CompanyModel):
    """Money set aside for something that has begun. `left_micros` is what of it is still held."""

    # found by its unique constraints, which begin with the company: an index of its own would mislead the planner
    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="+", editable=False, db_index=False)
    reference = models.CharField(max_length=100)
    price_key = models.CharField(max_length=60)
    price_version = models.CharField(max_length=10)
    unit_micros = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    micros = models.PositiveBigIntegerField()
    left_micros = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, default="open", choices=list(HOLD_STATES.items()))
    details = models.JSONField(default=dict)  # channel and whom it is for
    began_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "reference"], name="one_hold_a_reference"),
            models.CheckConstraint(condition=Q(state__in=list(HOLD_STATES)), name="hold_state"),
            models.CheckConstraint(condition=Q(left_micros__lte=models.F("micros")), name="hold_left"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | Q(left_micros=0, ended_at__isnull=False) & ~Q(state="open"),
                name="ended_hold_is_empty",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="hold_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.reference}: {self.state}"


class Price(models.Model):
    """What one unit costs from a day on. Rows come from billing/catalogue/prices and are never changed."""

    id = IdField()
    key = models.CharField(max_length=60)
    version = models.CharField(max_length=10)  # year and month
    valid_from = models.DateTimeField()
    position = models.PositiveSmallIntegerField(default=0)
    group = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=40)
    micros = models.PositiveBigIntegerField()
    kind = models.CharField(
        max_length=12, default="charge", choices=[(kind, KINDS[kind]) for kind in ("charge", "rent", "fee")]
    )

    class Meta:
        ordering = ["-valid_from", "position"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="price_version")]

    def __str__(self) -> str:
        return f"{self.name}: {self.micros}"
