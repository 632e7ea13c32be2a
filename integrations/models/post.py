from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import LocationModel
from integrations.models.mapping import Mapping

STATES = [
    ("waiting", "Waiting"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("unclear", "Unclear"),  # it may have arrived; it is never sent twice
    ("missed", "Missed"),  # a day passed in which it could not go
]


class Post(LocationModel):
    """One message on its way out. It is marked as being sent before it is, so it goes out at most once."""

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="+", db_index=False)
    entry_id = models.CharField(max_length=20, db_collation="C")  # what it tells of
    text = models.TextField()
    count = models.PositiveIntegerField(default=1)  # of the things it tells of at once
    batches = ArrayField(models.CharField(max_length=20), default=list)  # first entries of those told as a number
    state = models.CharField(max_length=8, default="waiting", choices=STATES)
    at = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_at"], name="post_due", condition=Q(state="waiting")),
            models.Index(fields=["tried_at"], name="post_under_way", condition=Q(state="sending")),
            models.Index(fields=["mapping", "-at"], name="post_by_mapping"),
            models.Index(fields=["at"], name="post_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "entry_id"], name="an_entry_is_posted_once"),
            models.CheckConstraint(condition=Q(state__in=[name for name, _ in STATES]), name="post_state"),
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.text[:60]}"
