from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager


class PaymentMethod(CompanyModel, Recorded):
    """A card as we may know it: the gateway's token and what is printed on receipts. Its number never comes here."""

    NOUN = "payment_method"

    gateway = models.CharField(max_length=20)
    token = models.CharField(max_length=100)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    country = models.CharField(max_length=2, blank=True, default="")
    always_confirms = models.BooleanField(default=False)  # the bank wants the person for every charge
    is_default = models.BooleanField(default=False)
    refused_as = models.CharField(max_length=40, blank=True, default="")  # a decline that will not change by itself
    removed_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(is_default=True, removed_at=None), name="one_default_card"
            ),
            models.UniqueConstraint(fields=["gateway", "token"], name="card_token"),
            models.CheckConstraint(condition=Q(exp_month__gte=1, exp_month__lte=12), name="card_month"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} ending {self.last4}"

    @property
    def expires_at(self) -> dt.datetime:
        """The first moment at which the card is no longer good."""
        year, month = (self.exp_year + 1, 1) if self.exp_month == 12 else (self.exp_year, self.exp_month + 1)
        return dt.datetime(year, month, 1, tzinfo=dt.UTC)

    @property
    def is_expired(self) -> bool:
        return clock.now() >= self.expires_at

    @property
    def is_good(self) -> bool:
        """Whether a charge has a chance."""
        return not self.removed_at and not self.refused_as and not self.is_expired
