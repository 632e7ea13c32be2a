"""Outside programs in the operator's admin: apps, where they are installed, and private integrations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from journal.operated import Operated, OperatorForm
from oauth.models import App, Install, PrivateIntegration


class AppForm(OperatorForm):
    redirect_uris = forms.CharField(
        label="Addresses to return to",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line; matched letter by letter.",
    )

    def clean_redirect_uris(self) -> str:
        return " ".join(self.cleaned_data["redirect_uris"].split())


@admin.register(App)
class AppAdmin(Operated):
    may_add = may_change = True
    form = AppForm
    list_display = ["name", "client_id", "company", "created", "id"]
    list_select_related = ["company"]
    search_fields = ["name", "client_id", "=id"]
    autocomplete_fields = ["company"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name", "redirect_uris", "scopes", "company", *(["client_id", "created"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["client_id", "created", "company"] if obj else []

    def add_row(self, request: HttpRequest, values: dict[str, Any]) -> App:
        app, secret = App.register(values["name"], values["redirect_uris"].split(), values["scopes"], values["company"])
        messages.warning(request, f"Client id {app.client_id}, client secret {secret}. The secret is shown this once.")
        return app


@admin.register(Install)
class InstallAdmin(Operated):
    list_display = ["app", "company", "location", "user", "is_active", "installed_at"]
    list_select_related = ["app", "company", "location", "user"]
    list_filter = ["is_active"]
    search_fields = ["app__name", "location__name", "=id"]
    actions = ["uninstall"]

    @admin.action(description="Uninstall: every token ends at once")
    def uninstall(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda install: install.uninstall(), "{count} uninstalled.")


@admin.register(PrivateIntegration)
class PrivateIntegrationAdmin(Operated):
    list_display = ["name", "hint", "company", "location", "last_used_at", "revoked_at"]
    list_select_related = ["company", "location"]
    search_fields = ["name", "location__name", "=id"]
    fields = [
        "id",
        "name",
        "hint",
        "company",
        "location",
        "scopes",
        "created_by",
        "last_used_at",
        "revoked_at",
        "date_added",
    ]
    readonly_fields = fields
    actions = ["revoke"]

    @admin.action(description="Revoke: the token ends at once")
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        self.for_each(request, queryset, lambda integration: integration.revoke(), "{count} revoked.")
