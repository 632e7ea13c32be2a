from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.countries import check_country
from accounts.zones import check_zone
from core import clock
from core.access import FULL, LEVELS
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
    second_step = models.CharField(
        "second step required",
        max_length=10,
        blank=True,
        default="",
        choices=[("", "Nobody has to"), ("admins", "Admins"), ("everyone", "Everyone")],
    )
    second_step_since = models.DateTimeField(null=True, blank=True, editable=False)
    second_step_grace = models.PositiveSmallIntegerField("days to set it up", default=0)
    password_length = models.PositiveSmallIntegerField("shortest password", default=12)
    password_mix = models.BooleanField("upper and lower case, a digit and a symbol", default=True)
    hipaa_since = models.DateTimeField(null=True, blank=True, editable=False)  # see accounts.hipaa
    hipaa_until = models.DateTimeField(null=True, blank=True, editable=False)  # support ends it then
    hipaa_providers = ArrayField(models.CharField(max_length=253), default=list, blank=True, editable=False)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, related_name="+", null=True, blank=True, editable=False)
    access = models.CharField(max_length=10, default=FULL, choices=LEVELS, editable=False)  # see accounts.standing
    access_reason = models.CharField(max_length=20, blank=True, default="", editable=False)
    delete_after = models.DateTimeField(null=True, blank=True, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(password_length__range=(8, 64)), name="shortest_password_is_8_to_64"
            ),
            models.CheckConstraint(condition=models.Q(second_step_grace__lte=30), name="grace_is_a_month_at_most"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {}

    @property
    def company_id(self) -> str:
        return self.pk
