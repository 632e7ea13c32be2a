from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from accounts.countries import check_country
from accounts.models.company import Company
from accounts.zones import check_zone
from core import clock
from core.tenancy import CurrentCompany, IdField
from journal.recorded import Recorded, RecordedManager


def email_then_phone() -> list[str]:
    return ["email", "phone"]


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
    allow_duplicates = models.BooleanField(default=False)
    match_by = ArrayField(models.CharField(max_length=10), default=email_then_phone)
    is_active = models.BooleanField(default=True)
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

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)
