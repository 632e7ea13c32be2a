"""The journal in the operator's admin: to read, never to write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core import ids
from journal.models import Entry
from journal.operated import MOST_FOUND, Operated
from journal.timeline import lines_of


@admin.register(Entry)
class EntryAdmin(Operated):
    list_display = ["when", "verb", "what", "actor_name", "via", "subject_id", "location_id"]
    list_display_links = ["when", "verb"]
    search_fields = ["subject_id"]
    search_help_text = "The id of a record, contact, person or location, or the name of a verb"
    fields = [
        "at", "verb", "what", "actor_name", "actor_id", "actor_kind", "via", "company_id", "location_id",
        "subject_type", "subject_id", "contact_id", "changes", "facts", "cause_id", "depth", "handed_over_at",
    ]  # fmt: skip
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, term: str) -> tuple[Any, bool]:
        """Entries of one subject, contact, person, location or verb; each is found through its index."""
        term = term.strip().replace("\x00", "")[:60]
        if not term:
            return queryset, False
        if not ids.is_id(term):
            return queryset.filter(verb=term), False
        newest = queryset.model.objects.everywhere(reason="admin").order_by("-pk").values_list("pk", flat=True)
        found: set[str] = set()
        for column in ("subject_id", "contact_id", "location_id"):
            found.update(newest.filter(**{column: term})[:MOST_FOUND])
        return queryset.filter(pk__in=found), False

    @admin.display(description="at", ordering="pk")
    def when(self, entry: Entry) -> str:
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="what happened")
    def what(self, entry: Entry) -> str:
        return lines_of([entry])[0].sentence
