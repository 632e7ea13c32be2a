"""What we must remember to speak with Stripe: who is which customer there, and what was asked for under which key."""

from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import CompanyModel


class StripeCustomer(CompanyModel):
    """The company at Stripe. Its cards hang on it, and none of another customer is ever charged for it."""

    customer = models.CharField(max_length=100, unique=True)
    date_added = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company"], name="one_stripe_customer")]

    def __str__(self) -> str:
        return self.customer


class StripePayment(CompanyModel):
    """A charge as it was asked for, written down before it is: a repetition must not differ by a letter."""

    key = models.CharField(max_length=100, unique=True)
    customer = models.CharField(max_length=100)
    sent = models.JSONField()  # the parameters, word for word
    return_url = models.CharField(max_length=500, blank=True, default="")
    intent = models.CharField(max_length=100, blank=True, default="")  # from the first answer on
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intent"], condition=~models.Q(intent=""), name="stripe_intent_once")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.intent or 'no answer yet'}"
