from __future__ import annotations

from django.db import models

from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager


class Agreement(CompanyModel, Recorded):
    """A business associate agreement signed by both sides, as a PDF. HIPAA mode needs one on file."""

    NOUN = "agreement"

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="+")  # chosen in the admin's form
    covers = models.TextField("locations it names", max_length=2000)
    signed_on = models.DateField("countersigned on")
    filed_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    name = models.CharField(max_length=200, editable=False)
    size = models.BigIntegerField(editable=False)
    key = models.CharField(max_length=200, unique=True, editable=False)  # where it lies in the storage; random
    sha256 = models.CharField(max_length=64, editable=False)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        indexes = [models.Index(fields=["company", "-id"], name="agreement_by_company")]

    def __str__(self) -> str:
        return f"Business associate agreement of {self.signed_on:%-d %B %Y}"
