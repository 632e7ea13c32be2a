"""Connections in the operator's admin, to read: why one does not work can be seen, its access cannot."""

from __future__ import annotations

from django.contrib import admin

from integrations.models import Connection
from journal.operated import Operated


@admin.register(Connection)
class ConnectionAdmin(Operated):
    list_display = ["provider", "location", "state", "trouble", "account_name", "last_sync_at", "last_error_at", "id"]
    list_select_related = ["location"]
    list_filter = ["provider", "state"]
    search_fields = ["account_name", "=id", "=location__id"]
    fields = [
        "id", "location", "provider", "state", "trouble", "account_id", "account_name", "connected_by", "connected_at",
        "expires_at", "refresh_at", "refresh_tries", "last_sync_at", "last_error", "last_error_at", "date_added",
    ]  # fmt: skip
    readonly_fields = fields
