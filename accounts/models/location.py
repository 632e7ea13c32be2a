from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.countries import check_country
from accounts.currencies import check_currency, currency_of
from accounts.models.company import Company
from accounts.zones import check_zone
from core import clock
from core.access import FULL, LEVELS
from core.tenancy import CurrentCompany, IdField
from journal.recorded import Recorded, RecordedManager

ALWAYS = ("Call", "Email", "SMS")  # channels every location has; the others come with an integration


def email_then_phone() -> list[str]:
    return ["email", "phone"]


def working(over: str = "location") -> Q:
    """The condition that a location is one in which jobs may write, seen over the foreign key `over`.

    Jobs that look through all locations ask for it: what they may not do in one must keep no other waiting.
    """
    return Q(**{f"{over}__access": FULL, f"{over}__is_active": True, f"{over}__suspended_at": None})


class Location(Recorded):
    """A sub-account: one business with its own contacts, people and settings."""

    NOUN = "location"

    id = IdField()
    company = models.ForeignKey(Company, models.CASCADE, related_name="locations")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    website = models.CharField(max_length=500, blank=True, default="")
    domain = models.CharField(max_length=253, blank=True, default="")
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    country = models.CharField(max_length=2, default="US", validators=[check_country])
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[check_zone])
    logo_url = models.CharField(max_length=500, blank=True, default="")
    social = models.JSONField(default=dict, blank=True)
    preferences = models.JSONField(default=dict, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="", validators=[check_currency])  # "": the country's
    allow_duplicates = models.BooleanField(default=False)
    allow_duplicate_opportunities = models.BooleanField(default=False)  # open ones of a contact in one pipeline
    lost_reason_required = models.BooleanField(default=False)
    match_by = ArrayField(models.CharField(max_length=10), default=email_then_phone)
    channels = ArrayField(models.CharField(max_length=12), default=list, blank=True)  # integrated beside ALWAYS
    is_active = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)  # open to agency admins only
    delete_after = models.DateTimeField(null=True, blank=True, editable=False)  # deleted; it can be undone until then
    access = models.CharField(max_length=10, default=FULL, choices=LEVELS, editable=False)  # the company's
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not self.match_by or set(self.match_by) - {"email", "phone"} or len(set(self.match_by)) < len(self.match_by):
            raise ValidationError({"match_by": "duplicates are matched by email, phone, or both in an order"})

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {"company_id": CurrentCompany()}

    @property
    def location_id(self) -> str:
        return self.pk

    def has_channel(self, channel: str) -> bool:
        """Whether messages can go out over `channel` (Call, Email, SMS, WhatsApp, FB, GMB, Instagram)."""
        return channel in ALWAYS or channel in self.channels

    @property
    def money(self) -> str:
        """The currency that amounts are in: the one chosen, else the country's, as a code of three letters."""
        return self.currency or currency_of(self.country)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)
