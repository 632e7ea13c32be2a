from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from billing import limits
from contacts import mentions
from contacts.models.contact import Contact
from core import clock
from core.errors import LimitReached
from core.tenancy import LocationModel
from core.text import clean_html
from journal.recorded import Recorded, RecordedManager
from journal.writing import write

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

    @classmethod
    def write_on(cls, contact: Contact, **fields: Any) -> Note:
        """Add a note to a contact.

        Args:
            fields: title, body (HTML), color, pinned, user_id.

        Raises:
            Invalid: {field: sentence}. LimitReached: the contact has as many notes as the plan allows.
        """
        most = limits.cap("notes_per_contact")
        with transaction.atomic():
            if most is not None:
                Contact.objects.select_for_update().only("pk").get(pk=contact.pk)
                if cls.objects.filter(contact=contact).count() >= most:
                    raise LimitReached(f"A contact can have {most:,} notes on this plan; this one has as many.")
            note: Note = cls.record_new(contact=contact, **fields)
            note._call(())
        return note

    def change(self, verb: str = "", *, facts: dict[str, Any] | None = None, **fields: Any) -> dict[str, list[Any]]:
        """As for any row; people whom the new words name with @ are told once."""
        named = mentions.named_in(self.body) if "body" in fields else []
        with transaction.atomic():
            changes = super().change(verb, facts=facts, **fields)
            if "body" in changes:
                self._call(named)
        return changes

    def _call(self, but: Iterable[str]) -> None:
        """Write who was named with @, apart from those named before."""
        if "@" in self.body:
            people = mentions.called(self.contact, self.body, but)
            if people:
                write("note.mentioned", self, facts={"users": people})

    def last_facts(self) -> dict[str, Any]:
        return {"body": self.body, "date_added": self.date_added}

    def clean(self) -> None:
        self.body = clean_html(self.body)
