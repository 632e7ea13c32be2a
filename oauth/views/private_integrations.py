"""Settings -> Private integrations: tokens of this location for programs of one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import current
from accounts.names import of_users
from core import clock
from core.errors import Invalid, Refused
from core.pages import allowed, is_partial, link
from oauth import scopes
from oauth.models import Install, PrivateIntegration

MANAGE = allowed("private_integrations.write")


class IntegrationForm(forms.Form):
    name = forms.CharField(max_length=100, label="Name", help_text="What it is for, so that you know it in a year.")
    everything = forms.BooleanField(
        required=False,
        label="All scopes",
        help_text="Everything the API offers, now. Better: choose only what the program needs.",
    )
    scopes = forms.MultipleChoiceField(
        required=False,
        label="What it may do",
        choices=[(one.name, f"{one.words} · {one.name}") for one in scopes.ALL.values()],
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not found.get("everything") and not found.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", "Choose at least one thing it may do.")
        return found


@MANAGE
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The integrations of the location, the live ones first."""
    rows = list(PrivateIntegration.objects.here().order_by("revoked_at", "-pk")[:200])
    rows.sort(key=lambda row: row.revoked_at is not None)
    names = of_users(row.created_by_id for row in rows if row.created_by_id)
    for row in rows:
        row.by = names.get(row.created_by_id, "")
    return render(
        request,
        "oauth/private_integrations.html",
        {
            "rows": rows,
            "installs": Install.here().select_related("app", "user").order_by("app__name")[:200],
            "now": clock.now(),
            "every": len(scopes.ALL),
        },
    )


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """The form, and once, after it, the token."""
    form = IntegrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = "all" if form.cleaned_data["everything"] else form.cleaned_data["scopes"]
        try:
            made, token = PrivateIntegration.issue(form.cleaned_data["name"], chosen, current.location())
        except Invalid as error:
            for field, sentence in error.errors.items():
                form.add_error(field if field in form.fields else None, sentence)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            return render(request, "oauth/private_integration_token.html", {"row": made, "token": token})
    return render(
        request,
        "oauth/private_integration_create.html",
        {"form": form},
        status=422 if form.is_bound and form.errors else 200,
    )


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def rotate(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask whether the old token stays for a week; then show the new one, once."""
    row = get_object_or_404(PrivateIntegration.objects.here().live(), pk=pk)
    context: dict[str, Any] = {"row": row, "action": link("settings:private_integration_rotate", row.pk)}
    if request.method == "POST":
        context["token"] = row.rotate(overlap=request.POST.get("old") != "now")
    return dialog(request, "oauth/private_integration_rotate.html", context)


@MANAGE
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then end the integration."""
    row = get_object_or_404(PrivateIntegration.objects.here().live(), pk=pk)
    if request.method == "POST":
        row.revoke()
        messages.success(request, f"{row.name} is revoked. Its token no longer works.")
        return back(request)
    return dialog(
        request,
        "components/dialog.html",
        {
            "title": f"Revoke {row.name}?",
            "text": "Programs that use its token stop working at once. This cannot be undone.",
            "action": link("settings:private_integration_revoke", row.pk),
            "submit": "Revoke",
            "kind": "danger",
        },
    )


@MANAGE
@require_http_methods(["GET", "POST"])
def remove_app(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then end an app's install in this location."""
    install = get_object_or_404(Install.here().select_related("app"), pk=pk)
    if request.method == "POST":
        install.uninstall()
        messages.success(request, f"{install.app.name} is removed. Its tokens no longer work here.")
        return back(request)
    return dialog(
        request,
        "components/dialog.html",
        {
            "title": f"Remove {install.app.name}?",
            "text": "It loses access to this location at once. An admin can connect it again.",
            "action": link("settings:app_remove", install.pk),
            "submit": "Remove",
            "kind": "danger",
        },
    )


def back(request: HttpRequest) -> HttpResponse:
    """To the list, from a dialog or from a page."""
    url = link("settings:private_integrations")
    return HttpResponse(headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)


def dialog(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A dialog for htmx; without scripts the same on a page of its own."""
    if is_partial(request):
        return render(request, template, context)
    return render(request, "oauth/dialog_page.html", {**context, "dialog": template})
