from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core import clock
from core.tenancy import LocationModel
from journal.models import Key
from privacy.models.privacy_request import PrivacyRequest

STATES = [("running", "Running"), ("files", "Deleting files"), ("done", "Done")]


class Erasure(LocationModel):
    """The erasure of one person: how far it is and, once done, the certificate of it. It holds nothing about the person.

    The ids are those of rows that are gone; entries of the journal have them still.
    """

    number = models.PositiveIntegerField()  # what the person is called where something stays: "Erased person #7"
    contact_id = Key()
    contact_ids = ArrayField(Key())  # the contact and all that were folded into it
    request = models.ForeignKey(PrivacyRequest, models.SET_NULL, related_name="+", null=True, blank=True)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, related_name="+", null=True, blank=True)
    owner_name = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, default="running", choices=STATES)
    counts = models.JSONField(default=dict)  # {store: rows}
    pending = ArrayField(models.CharField(max_length=300), default=list)  # storage keys that still have to go
    files = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    hash = models.CharField(max_length=64, blank=True, default="")  # SHA-256 of the certificate
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "number"], name="erasure_number_once"),
            models.UniqueConstraint(fields=["location", "contact_id"], name="erasure_of_a_contact_once"),
            models.CheckConstraint(condition=Q(state__in=[state for state, _ in STATES]), name="erasure_state"),
            models.CheckConstraint(
                condition=Q(done_at=None, hash="") | Q(state="done", done_at__isnull=False, pending=[]),
                name="erasure_done_when",
            ),
        ]
        indexes = [
            models.Index(fields=["location", "-id"], name="erasure_by_location"),
            models.Index(fields=["began_at"], condition=~Q(state="done") | Q(told_at=None), name="erasure_open"),
        ]

    def __str__(self) -> str:
        return f"Erased person #{self.number}"

    @property
    def rows(self) -> int:
        """How many rows were deleted or emptied."""
        return sum(self.counts.values())

    @property
    def is_done(self) -> bool:
        return self.state == "done"
