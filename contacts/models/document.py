from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.trash import KEPT_FOR
from core import clock, scope
from core.errors import NotFound, Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked

CATEGORIES = [("internal", "Internal"), ("sent", "Sent to contact"), ("received", "Received from contact")]
LONGEST_NAME, LONGEST_FOLDER = 200, 100


class DocumentQuerySet(RecordedQuerySet):
    def live(self) -> Self:
        """Documents that are not in the trash."""
        return self.filter(deleted_at=None)

    def trashed(self) -> Self:
        return self.exclude(deleted_at=None)


class Document(LocationModel, Recorded):
    """A file on the record of a contact, with every version of it. Who sees the contact sees its documents."""

    NOUN = "document"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="documents", db_index=False)
    category = models.CharField(max_length=10, default="internal", choices=CATEGORIES)
    source = models.CharField(max_length=30, blank=True, default="")  # how it arrived: upload, email, sms, portal …
    folder = models.CharField(max_length=LONGEST_FOLDER, blank=True, default="")
    name = models.CharField(max_length=LONGEST_NAME)
    type = models.CharField(max_length=100)  # told from the content
    size = models.BigIntegerField()
    version = models.PositiveIntegerField(default=1)  # the number of the one that is shown
    added_by = models.CharField(max_length=200, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(max_length=200, blank=True, default="", editable=False)

    objects = RecordedManager.from_queryset(DocumentQuerySet)()

    class Meta:
        ordering = ["-date_added", "-pk"]
        indexes = [
            models.Index(fields=["contact", "-date_added", "-id"], name="document_by_contact"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="document_by_deletion"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=[name for name, _ in CATEGORIES]), name="document_category_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ending(self) -> str:
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""

    @property
    def goes_at(self) -> dt.datetime | None:
        """When it is deleted for good."""
        return self.deleted_at + KEPT_FOR if self.deleted_at else None

    @locked
    def show_version(self, number: int) -> None:
        """Make an earlier (or later) version the one that is shown; nothing is copied.

        Raises:
            NotFound: there is no such version.
        """
        chosen = self.versions.filter(number=number).first()
        if chosen is None:
            raise NotFound("This version is no longer here.")
        self.change(
            "document.versioned",
            facts={"name": self.name, "number": number},
            version=number,
            type=chosen.type,
            size=chosen.size,
        )

    @locked
    def trash(self) -> None:
        """Move to the trash of the contact; does nothing when it is there."""
        if self.deleted_at is None:
            self.change(
                "document.deleted",
                facts={"name": self.name},
                deleted_at=clock.now(),
                deleted_by=scope.current().actor.name[:200],
            )

    @locked
    def restore(self) -> None:
        """Take out of the trash.

        Raises:
            Refused: thirty days have passed.
        """
        if self.deleted_at is None:
            return
        if self.deleted_at < clock.now() - KEPT_FOR:
            raise Refused("Deleted more than 30 days ago: it can no longer be recovered.")
        self.change("document.restored", facts={"name": self.name}, deleted_at=None, deleted_by="")


class DocumentVersion(LocationModel):
    """One file of a document as it was uploaded. Versions are added and never changed."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=LONGEST_NAME)
    type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    key = models.CharField(max_length=200, unique=True)  # where it lies in the storage; random
    added_by = models.CharField(max_length=200, blank=True, default="")
    date_added = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
