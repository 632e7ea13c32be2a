from __future__ import annotations

from django.db import models

from core import clock, ids


class TrialUse(models.Model):
    """That an address or a business has had its trial: only digests, so that they may outlive the account."""

    digest = models.CharField(max_length=64, primary_key=True)
    trial_of = models.CharField(max_length=ids.LENGTH, editable=False)  # the id of a company that may be gone
    at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.digest[:12]
