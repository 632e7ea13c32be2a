from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel

STATES = [("running", "Running"), ("done", "Done")]
KEPT_YEARS = 7


class Deletion(CompanyModel):
    """The deletion of an account: how far it is and, once done, the certificate of it. It outlives all but the invoices."""

    state = models.CharField(max_length=10, default="running", choices=STATES)
    legal = models.JSONField(default=dict)  # who the invoices were made out to: name, address, tax number
    location_ids = ArrayField(models.CharField(max_length=20), default=list)
    recipients = ArrayField(models.EmailField(), default=list)  # told when it is done, then forgotten
    due_at = models.DateTimeField()  # since when it was allowed
    began_at = models.DateTimeField(default=clock.now)
    counts = models.JSONField(default=dict)  # {store: rows deleted}
    files = models.PositiveIntegerField(default=0)
    kept = models.JSONField(default=dict)  # {store: rows that stay, for the law}
    done_at = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateTimeField(null=True, blank=True)  # then what was kept goes as well
    hash = models.CharField(max_length=64, blank=True, default="")  # SHA-256 of the certificate
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_deletion_a_company"),
            models.CheckConstraint(condition=Q(state__in=[state for state, _ in STATES]), name="deletion_state"),
            models.CheckConstraint(
                condition=Q(state="running") | Q(done_at__isnull=False, keep_until__isnull=False),
                name="deletion_done_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.legal.get('name', '')} ({self.get_state_display()})"

    @property
    def rows(self) -> int:
        """How many rows are deleted so far."""
        return sum(self.counts.values())

    @property
    def took(self) -> dt.timedelta | None:
        return self.done_at - self.began_at if self.done_at else None
