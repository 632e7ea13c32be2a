"""Everything held about one person as an archive: JSON for programs, a PDF to read, and the files.

What hangs on a contact by foreign key is found from the models, as an erasure finds it. Copies of the same values, such
as deliveries of webhooks, are left out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import islice
from typing import IO

import font_roboto
from django.db.models import Q
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from accounts import current
from contacts.merging.moving import sources
from contacts.models import BulkActionRow, Contact, DocumentVersion, ImportRow, RecurringTask
from core import clock, scope
from core.text import words_of
from journal.models import Entry
from objects.models import CustomField, Relation
from opportunities.models import Opportunity, Participant
from privacy import archive, rows
from privacy.erasing.who import ids_of
from privacy.models import DataExport, PrivacyRequest
from privacy.record_sets import Table

SETS = ("contacts", "opportunities", "tasks", "notes", "documents", "audit")
MOST_ON_PAPER = 500  # rows of a table; the JSON has all
LONGEST = 2000  # characters of a value on paper
ELSEWHERE = (
    Opportunity,
    Participant,
    DataExport,
    PrivacyRequest,
)  # with rules of their own, below or not about the person
HIDDEN = frozenset({"picture", "key", "place", "is_due_told", "merged_into"})


def tables(contact: Contact, sets: list[str], actor: scope.Actor) -> Iterator[Table]:
    """What of a person an actor may see, table by table."""
    ids = ids_of(contact)
    mine = CustomField.objects.filter(model="contact").order_by("pk")
    yield Table("contact", Contact.objects.filter(pk__in=ids), HIDDEN, list(mine[:500]), "", files="picture")
    for source in sources(Contact):
        model = source.model
        if model in ELSEWHERE or model._meta.auto_created:
            continue
        found = model.objects.filter(**{f"{source.field.name}__in": ids})
        if hasattr(found, "visible_to"):
            found = found.visible_to(actor)
        yield Table(str(model._meta.verbose_name_plural).replace(" ", "_"), found, HIDDEN, dated="")
    versions = DocumentVersion.objects.filter(document__contact__in=ids)
    yield Table("document_versions", versions, HIDDEN, dated="", files="key")
    yield Table("repeating_tasks", RecurringTask.objects.filter(contacts__in=ids).distinct(), dated="")
    if "opportunities" in sets:
        hides = {"deleted_with", "position"} | (set() if actor.may("opportunities.values") else {"value_cents"})
        deals = Opportunity.objects.filter(contact__in=ids).visible_to(actor)
        fields = list(CustomField.objects.filter(model="opportunity").order_by("pk")[:500])
        yield Table("opportunities", deals, frozenset(hides), fields, "")
        joined = Opportunity.objects.visible_to(actor).values("pk")
        yield Table("taking_part", Participant.objects.filter(contact__in=ids, opportunity__in=joined), dated="")
    if actor.sees_everything:
        yield Table("relations", Relation.objects.filter(Q(first_record__in=ids) | Q(second_record__in=ids)), dated="")
        yield Table("bulk_actions", BulkActionRow.objects.filter(subject_id__in=ids), frozenset({"was"}), dated="")
        staged = ImportRow.objects.filter(location=scope.location_id(), contact_id__in=ids)
        yield Table("imported_rows", staged, dated="")
    if "audit" in sets:
        yield Table(
            "history", Entry.objects.filter(contact_id__in=ids), frozenset({"handed_over_at", "depth"}), dated=""
        )


def write(file: IO[bytes], job: DataExport, progress: archive.Progress) -> tuple[dict[str, int], dt.datetime]:
    """Write the archive of everything about the person of an export, as its actor, who is in scope.

    Returns:
        ({file: rows}, the moment of the snapshot).
    """
    actor, place = scope.current().actor, current.location()
    contact = job.contact
    assert contact is not None
    with archive.snapshot():
        at = clock.now()
        chosen = list(tables(contact, job.sets, actor))
        made = archive.Archive(file)
        with made.zip:
            paper = _Paper(contact, place.name, at.astimezone(place.zone))
            for place_of, table in enumerate(chosen):
                archive.write_json(made, table, table.rows, place.zone, lambda _: None)
                if made.members[-1]["rows"]:
                    paper.table(table, place.zone)
                archive.write_files(made, table, table.rows)
                progress(min(99, place_of * 100 // len(chosen)))
            with made.member("person.pdf") as out:
                out.write(paper.output())
            manifest = {
                "location": {"id": place.pk, "name": place.name, "timezone": place.timezone},
                "contact": contact.pk,
                "snapshot_at": clock.iso(at),
                "exported_by": actor.name,
                "restricted": not actor.sees_everything,
                "files": made.members,
            }
            counts = {one["file"]: one["rows"] for one in made.members if one["file"].endswith(".json")}
            made.text("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
    return counts, at


class _Paper:
    """The same to read: a heading a table, and of each row what is filled in."""

    def __init__(self, contact: Contact, place: str, at: dt.datetime) -> None:
        self.pdf = FPDF(format="a4")
        self.pdf.add_font("Text", "", font_roboto.Roboto)
        self.pdf.add_font("Text", "B", font_roboto.RobotoBold)
        self.pdf.set_title(f"What is held about {contact}")
        self.pdf.set_margin(20)
        self.pdf.add_page()
        self._say(f"What {place} holds about {contact}", 16, True)
        self._say(f"As of {at:%-d %B %Y, %H:%M %Z}. The files and all rows lie beside this page.")

    def table(self, table: Table, zone: dt.tzinfo) -> None:
        self.pdf.ln(5)
        self._say(table.name.replace("_", " ").capitalize(), 13, True)
        for row in islice(rows.read(table, table.rows), MOST_ON_PAPER):
            self.pdf.ln(2)
            for name, value in row.items():
                text = rows.as_word(value, zone)
                if text and name != "id":
                    self._say(f"{name.replace('_', ' ').capitalize()}: {self._plain(text)}")

    def output(self) -> bytes:
        return bytes(self.pdf.output())

    def _plain(self, text: str) -> str:
        words = words_of(text) if "<" in text else text
        return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"

    def _say(self, text: str, size: int = 10, bold: bool = False) -> None:
        self.pdf.set_font("Text", "B" if bold else "", size)
        self.pdf.multi_cell(0, size * 0.52, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode="CHAR")
