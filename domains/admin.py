"""Domains in the operator's admin: who has which name, and how it stands."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from domains.models import Domain
from journal.operated import Operated


@admin.register(Domain)
class DomainAdmin(Operated):
    list_display = ["host", "location", "state", "reason", "checked_at", "certificate_until", "id"]
    list_select_related = ["location"]
    list_filter = ["state"]
    search_fields = ["host", "=id"]
    fields = [
        "id", "host", "location", "state", "reason", "faults", "seen", "days_gone", "tries", "waiting_since",
        "verified_at", "active_at", "certificate_until", "checked_at", "next_check_at", "robots", "date_added",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["free"]

    @admin.action(description="Remove: the name is free again")
    def free(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda row: row.remove_it(), "{count} removed.")
