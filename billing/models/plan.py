from __future__ import annotations

from django.db import models

from core.tenancy import IdField


class AddOn(models.Model):
    """What is sold beside a plan, in one version of the catalogue. Rows come from billing/catalogue/add_ons and are
    never changed."""

    id = IdField()
    key = models.CharField(max_length=40)
    version = models.CharField(max_length=10)  # year and month
    name = models.CharField(max_length=60)
    about = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveIntegerField()  # how many a company may have
    adds = models.JSONField(default=dict)  # {limit: number}: what one of it adds
    prices = models.JSONField(default=dict)  # {plan: {interval: cents}}; a plan that is absent does not sell it

    class Meta:
        ordering = ["-version", "position"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="add_on_version")]

    def __str__(self) -> str:
        return self.name

    def price_cents(self, plan_key: str, interval: str) -> int | None:
        """What one costs for a period (`month` or `year`) beside a plan; None where it is not sold."""
        found: int | None = self.prices.get(plan_key, {}).get(interval)
        return found


class Plan(models.Model):
    """What is sold, in one version of the catalogue. Rows come from billing/catalogue and are never changed."""

    id = IdField()
    key = models.CharField(max_length=40)
    version = models.CharField(max_length=10)  # year and month
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    monthly_cents = models.PositiveIntegerField()
    annual_cents = models.PositiveIntegerField()
    retention_days = models.PositiveSmallIntegerField()  # of the data, after cancelling
    support_hours = models.PositiveSmallIntegerField()  # to the first reply
    limits = models.JSONField(default=dict)  # {name: number}; an absent name is without limit

    class Meta:
        ordering = ["-version", "position"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="plan_version")]

    def __str__(self) -> str:
        return self.name

    def price_cents(self, interval: str) -> int:
        """The price of a period: `month` or `year`."""
        return self.annual_cents if interval == "year" else self.monthly_cents

    @property
    def saving_percent(self) -> float:
        """What a year at once saves against twelve months."""
        return round(100 - self.annual_cents * 100 / (self.monthly_cents * 12), 1) if self.monthly_cents else 0.0
