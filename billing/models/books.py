from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.countries import check_country
from core import clock
from core.tenancy import CompanyModel, IdField
from journal.recorded import Recorded, RecordedManager


class Series(models.Model):
    """The last number of a year's invoices or credit notes. Taken under the row's lock, so a rollback leaves no gap."""

    key = models.CharField(max_length=20, primary_key=True)  # INV-2026
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"


class Notice(CompanyModel):
    """A mail about the subscription: at most one of a key and occasion, whatever runs twice."""

    key = models.CharField(max_length=40)
    occasion = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)
    sent_to = ArrayField(models.EmailField(), default=list)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key", "occasion"], name="one_notice_an_occasion")]
        indexes = [models.Index(fields=["at"], name="notice_unsent", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"{self.key} {self.occasion}"


class BillingProfile(CompanyModel, Recorded):
    """Who invoices are made out to, and who else gets them. Issued invoices keep what held then."""

    NOUN = "billing_profile"

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, default="US", validators=[check_country])
    tax_number = models.CharField(max_length=40, blank=True, default="")
    wants_invoices = models.BooleanField(default=True)
    emails = ArrayField(models.EmailField(), size=5, default=list, blank=True)

    objects = RecordedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company"], name="one_billing_profile")]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """A sales tax: the most exact row that matches an address on a day holds; none means no tax."""

    id = IdField()
    country = models.CharField(max_length=2, validators=[check_country])
    state = models.CharField(max_length=100, blank=True, default="")
    postal_prefix = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=80)
    rate = models.DecimalField(max_digits=6, decimal_places=3)  # per cent
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the first day it no longer holds

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_per_cent")]

    def __str__(self) -> str:
        return self.name


EXEMPTION_STATES = {"waiting": "Being looked at", "accepted": "Accepted", "refused": "Refused"}


class TaxExemption(CompanyModel, Recorded):
    """A certificate that frees a company from sales tax in a country or state of it, once our staff have accepted it."""

    NOUN = "tax_exemption"
    UNRECORDED = frozenset({"content"})

    country = models.CharField(max_length=2, validators=[check_country])
    region = models.CharField(max_length=100, blank=True, default="")  # a state; empty for the whole country
    number = models.CharField(max_length=60)  # the certificate's own
    valid_until = models.DateField()  # the last day it holds
    state = models.CharField(max_length=10, default="waiting", choices=list(EXEMPTION_STATES.items()))
    note = models.CharField(max_length=300, blank=True, default="")  # why it was refused
    file_name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField(editable=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(EXEMPTION_STATES)), name="tax_exemption_state"),
            models.CheckConstraint(
                condition=Q(state="waiting", reviewed_at=None) | ~Q(state="waiting") & Q(reviewed_at__isnull=False),
                name="tax_exemption_reviewed_when",
            ),
        ]
        indexes = [models.Index(fields=["company", "-id"], name="tax_exemption_by_company")]

    def __str__(self) -> str:
        return f"Certificate {self.number}"


class ProviderEvent(models.Model):
    """What a gateway told us, once: its id is unique, so that a repeat has no effect."""

    id = IdField()
    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=100, blank=True, default="", db_index=True)  # of our attempt, or top-up
    dispute = models.CharField(max_length=10, blank=True, default="")  # opened, won, lost
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)
    handled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class CompanyClock(CompanyModel):
    """How far a company's time is ahead, on an installation with the sandbox gateway."""

    ahead = models.DurationField()
    moved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_clock_a_company"),
            models.CheckConstraint(condition=Q(ahead__gte=dt.timedelta(0)), name="clock_goes_forward"),
        ]

    def __str__(self) -> str:
        return f"ahead by {self.ahead}"
