"""Contacts in the operator's admin: to find and to look at, for support. People at work use the pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from contacts import trash
from contacts.models import Business, Contact, Import
from core import ids
from journal.operated import MOST_FOUND, Operated


@admin.register(Contact)
class ContactAdmin(Operated):
    may_change = True
    list_display = ["__str__", "email", "phone", "location", "assigned_to", "date_added"]
    list_select_related = ["location", "assigned_to"]
    search_fields = ["email"]
    search_help_text = "Name, e-mail, phone or id; at most 200 are shown"
    changed = [
        "first_name",
        "last_name",
        "company_name",
        "source",
        "address",
        "city",
        "state",
        "postal_code",
        "country",
        "website",
    ]
    readonly_fields = [
        "id",
        "location",
        "email",
        "more_emails",
        "phone",
        "more_phones",
        "business",
        "assigned_to",
        "followers",
        "tags",
        "custom",
        "dnd",
        "dnd_settings",
        "score",
        "created_via",
        "created_by",
        "date_added",
        "date_updated",
        "last_activity_at",
        "deleted_at",
    ]
    fields = [*changed, *readonly_fields]
    actions = ["restore"]

    def get_search_results(self, request: HttpRequest, queryset: Any, term: str) -> tuple[Any, bool]:
        term = term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        if ids.is_id(term):
            return queryset.filter(pk=term), False
        found = Contact.objects.everywhere(reason="admin").search(term).values_list("pk", flat=True)[:MOST_FOUND]
        return queryset.filter(pk__in=list(found)), False

    @admin.action(description="Take out of the trash")
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, trash.restore, "{count} restored.")


@admin.register(Business)
class BusinessAdmin(Operated):
    list_display = ["name", "email", "phone", "city", "location", "date_added"]
    list_select_related = ["location"]
    search_fields = ["name", "email", "=id"]


@admin.register(Import)
class ImportAdmin(Operated):
    list_display = ["name", "location", "owner", "status", "total", "done", "problem", "date_added"]
    list_select_related = ["location", "owner"]
    list_filter = ["status"]
    search_fields = ["name", "=id"]
