"""The sandbox gateway's own books. It stands for a provider outside: nothing of ours points at them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from core import clock
from core.tenancy import IdField


class SandboxSetup(models.Model):
    """A visit to the page where a card number is typed."""

    id = IdField()
    customer = models.CharField(max_length=40)  # the company, as the merchant calls it
    return_url = models.CharField(max_length=500)
    token = models.CharField(max_length=40, blank=True, default="")  # of the card that was typed
    date_added = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.pk


class SandboxCard(models.Model):
    id = IdField()
    customer = models.CharField(max_length=40)
    behaviour = models.CharField(max_length=30)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    is_forgotten = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"


class SandboxCharge(models.Model):
    id = IdField()
    card = models.ForeignKey(SandboxCard, models.PROTECT, related_name="+")
    key = models.CharField(max_length=100, unique=True)
    amount_cents = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    about = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=15)  # succeeded, failed, needs_action, processing
    will_be = models.CharField(max_length=15, blank=True, default="")  # of one that is processing
    reason = models.CharField(max_length=40, blank=True, default="")
    refunded_cents = models.PositiveBigIntegerField(default=0)
    return_url = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(refunded_cents__lte=F("amount_cents")), name="sandbox_refund_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"


class SandboxRefund(models.Model):
    id = IdField()
    charge = models.ForeignKey(SandboxCharge, models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=100, unique=True)
    amount_cents = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.key


class SandboxEvent(models.Model):
    """Something the sandbox tells its merchant over HTTP, until it is told."""

    id = IdField()
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    times = models.PositiveSmallIntegerField(default=1)  # a card that "answers twice" is told twice
    tries = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="sandbox_untold", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return self.kind
