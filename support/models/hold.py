from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager

KINDS = [("policy", "Policy hold: the notice page and nothing else"), ("ban", "Ban: closed for good, then deleted")]


class Hold(CompanyModel, Recorded):
    """That an operator stopped an account, and why. While it lasts the subscription says so; lifted ones stay as history."""

    NOUN = "hold"
    UNRECORDED = frozenset({"date_updated", "mailed_at"})

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="+")  # chosen in the admin's form
    kind = models.CharField(max_length=10, choices=KINDS)
    reason = models.TextField("reason, as the customer reads it", max_length=1000)
    set_by = models.CharField(max_length=200, blank=True, default="")
    may_export = models.BooleanField("may export its data", default=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=200, blank=True, default="")
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)  # of a ban: the offer of a copy
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(lifted_at=None), name="one_hold_at_a_time"),
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _ in KINDS]), name="hold_kind"),
            models.CheckConstraint(condition=Q(kind="policy") | Q(lifted_at=None), name="a_ban_stays"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().partition(':')[0]} on {self.company}"

    @property
    def is_on(self) -> bool:
        return self.lifted_at is None
