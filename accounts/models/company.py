from __future__ import annotations

from typing import Any

from django.db import models

from accounts.countries import check_country
from accounts.zones import check_zone
from core import clock
from core.tenancy import IdField
from journal.recorded import Recorded, RecordedManager


class Company(Recorded):
    """An agency: it owns locations and employs users."""

    NOUN = "company"

    id = IdField()
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
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {}

    @property
    def company_id(self) -> str:
        return self.pk
