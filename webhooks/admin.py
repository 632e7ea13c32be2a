"""Webhooks in the operator's admin: endpoints, deliveries and the keys that sign."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from core.errors import Refused
from journal.operated import Operated, operating
from webhooks.models import Delivery, Endpoint, SigningKey


@admin.register(Endpoint)
class EndpointAdmin(Operated):
    may_add = True
    list_display = ["url", "app", "company", "location", "state", "failures", "id"]
    list_select_related = ["app", "company", "location"]
    list_filter = ["state"]
    search_fields = ["url", "name", "app__name", "=id"]
    autocomplete_fields = ["app"]
    actions = ["switch_on", "switch_off"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        given = ["app", "url", "name", "is_default", "every_event", "events", "legacy_signature"]
        return [*given, "company", "location", "state", "failures", "failing_since", "date_added"] if obj else given

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> Endpoint:
        """Of an app: those of a location belong to its own people."""
        names = ("url", "app", "name", "is_default", "every_event", "legacy_signature")
        return Endpoint.add(chosen=values["events"], **{name: values[name] for name in names})

    @admin.action(description="Switch on: what waits goes out")
    def switch_on(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda row: row.switch(True), "{count} switched on.")

    @admin.action(description="Switch off")
    def switch_off(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda row: row.switch(False), "{count} switched off.")


@admin.register(Delivery)
class DeliveryAdmin(Operated):
    list_display = ["event", "resource_id", "sequence", "status", "answered", "attempts", "date_added", "id"]
    list_filter = ["status"]
    search_fields = ["=id", "=resource_id", "=entry_id"]
    fields = [
        "id", "endpoint", "location_id", "event", "resource_id", "sequence", "status", "attempts", "answered", "error",
        "answer", "tries", "date_added", "finished_at",
    ]  # fmt: skip
    readonly_fields = fields


@admin.register(SigningKey)
class SigningKeyAdmin(Operated):
    list_display = ["id", "starts_at", "date_added"]
    fields = ["id", "starts_at", "ed25519_public", "rsa_public", "date_added"]
    readonly_fields = fields
    actions = ["announce"]

    @admin.action(description="Announce a new key pair, in use in thirty days")
    def announce(self, request: HttpRequest, queryset: Any) -> None:
        try:
            with operating(request):
                made = SigningKey.announce()
        except Refused as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{made} is shown to everybody now and signs from that day on.")
