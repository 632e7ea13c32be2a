from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from core import clock
from core.tenancy import LocationModel


class ConsentReceipt(LocationModel):
    """Proof of one decision to send or not to send. Written once and never changed; a merge takes it along."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=16)
    allowed = models.BooleanField()
    code = models.CharField(max_length=20, blank=True, default="")  # why not, as contacts.consent names it
    reason = models.CharField(max_length=300, blank=True, default="")
    subject = models.CharField(max_length=80, blank=True, default="")  # what was to be sent: "message:<id>"
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["contact", "-at", "-id"], name="consent_receipt_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(allowed=True, code="") | (Q(allowed=False) & ~Q(code="")), name="refusals_have_a_code"
            )
        ]
        verbose_name_plural = "consent receipts"

    def __str__(self) -> str:
        return f"{self.channel} {'allowed' if self.allowed else 'refused'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a consent receipt is never changed")
        super().save(*args, **kwargs)
