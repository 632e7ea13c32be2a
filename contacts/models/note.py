from __future__ import annotations

from django.db import models

from contacts.models.contact import Contact
from core import clock
from core.tenancy import LocationModel
from core.text import clean_html
from journal.recorded import Recorded, RecordedManager

LONGEST = 5000


class Note(LocationModel, Recorded):
    """What staff wrote down about a contact. Internal only; `body` is sanitised HTML."""

    NOUN = "note"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="notes", db_index=False)
    title = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(max_length=LONGEST)
    color = models.CharField(max_length=20, blank=True, default="")
    pinned = models.BooleanField(default=False)
    user = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["-pinned", "-date_added", "-pk"]
        indexes = [models.Index(fields=["contact", "-pinned", "-date_added"], name="note_by_contact")]

    def __str__(self) -> str:
        return self.title or self.body[:60]

    def clean(self) -> None:
        self.body = clean_html(self.body)
