"""Connecting and disconnecting."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import current
from accounts.models.membership import actor_at
from core import access
from core.errors import Forbidden, NotFound, Refused
from core.pages import allowed, is_partial, link
from integrations import connecting
from integrations.models import Connection

MANAGE = allowed("integrations.write")
GONE = "This page belongs to an attempt to connect that is over. Begin again from Integrations."


@MANAGE
@require_POST
def connect(request: HttpRequest, provider: str) -> HttpResponse:
    """Leave for the provider."""
    service = connecting.named(provider)
    try:
        return redirect(connecting.begin(service, request.user))  # type: ignore[arg-type]
    except Refused as error:
        messages.error(request, error.message)
        return redirect(link("settings:integration", provider))


@allowed("anyone")
@never_cache
@require_safe
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the provider. The secret in the address names the attempt, its person and its location.

    Raises:
        NotFound: there is no such attempt of this person. Forbidden: they may not connect things there any more.
    """
    service = connecting.named(provider)
    row = Connection.take_up(provider, request.GET.get("state", ""), request.user)  # type: ignore[arg-type]
    actor = actor_at(request.user, row.location)  # type: ignore[arg-type]
    if actor is None or not row.location.is_active:
        raise NotFound(GONE)
    with current.at(row.location, actor=actor, via="ui"):
        if not access.is_full():
            raise access.refusal()
        if not actor.may("integrations.write"):
            raise Forbidden("You do not have the permission for this. An admin of this location can grant it.")
        try:
            connecting.finish(row, request.GET.get("code", ""), request.GET.get("error", ""))
        except Refused as error:
            messages.error(request, error.message)
        else:
            row.refresh_from_db()
            messages.success(request, f"{service.name} is connected: {row.account_name}.")
        return redirect(link("settings:integration", provider))


@MANAGE
@require_http_methods(["GET", "POST"])
def disconnect(request: HttpRequest, provider: str) -> HttpResponse:
    """Ask, then end the access."""
    service = connecting.named(provider)
    row = Connection.of(provider)
    if row is None:
        raise NotFound(f"{service.name} is not connected.")
    url = link("settings:integration", provider)
    if request.method == "POST":
        row.disconnect()
        messages.success(request, f"{service.name} is disconnected. Its messages are kept for the next connection.")
        return HttpResponse(headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    context = {
        "title": f"Disconnect {service.name}?",
        "text": f"Nothing is posted any more, and {service.name} is told to forget our access. "
        "Channels and messages stay here for when you connect again.",
        "action": link("settings:integration_disconnect", provider),
        "submit": "Disconnect",
        "kind": "danger",
    }
    if is_partial(request):
        return render(request, "components/dialog.html", context)
    return render(request, "layouts/dialog-page.html", {"inside": "components/dialog.html", **context})
