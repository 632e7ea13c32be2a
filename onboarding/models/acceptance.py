from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager


class Acceptance(CompanyModel, Recorded):
    """Who agreed to which version of which document, and when. Never changed."""

    NOUN = "acceptance"

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    document = models.CharField(max_length=20)  # a key of onboarding.documents
    version = models.CharField(max_length=20)
    at = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "document", "version"], name="accepted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.version}"
