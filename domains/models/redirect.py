from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from core import clock
from core.tenancy import LocationModel
from domains.models.domain import Domain
from journal.recorded import Recorded, RecordedManager

LONGEST_PATH, LONGEST_TARGET = 500, 1000


class Redirect(LocationModel, Recorded):
    """Visitors of a path of a domain are sent elsewhere. The first that matches, in their order, counts."""

    NOUN = "redirect"
    UNRECORDED = frozenset({"date_updated", "position"})

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="redirects")
    path = models.CharField(max_length=LONGEST_PATH)  # /old, or /old/* for everything below
    target = models.CharField(max_length=LONGEST_TARGET)
    is_permanent = models.BooleanField("permanent", default=True)  # 301, else 302
    position = models.PositiveIntegerField(default=0)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = RecordedManager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["location", "domain"], name="redirect_by_location")]
        constraints = [models.UniqueConstraint(fields=["domain", "path"], name="one_redirect_per_path")]

    def __str__(self) -> str:
        return self.path
