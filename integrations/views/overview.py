"""Settings -> Integrations: a card for each, and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import hipaa
from core import access, ids, scope
from core.pages import allowed, link
from integrations import connecting, happenings, states
from integrations.models import Connection, Line, Mapping
from integrations.providers import DOORWAYS, NOT_YET, PROVIDERS, Provider

MANAGE = allowed("integrations.write")
RECENT = 8
PAGE = 50


@MANAGE
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every integration there is in this version, and a quiet list of those to come."""
    held = {row.provider: row for row in Connection.objects.select_related("connected_by")}
    actor = scope.current().actor
    doors = [{"door": door, "url": link(door.url)} for door in DOORWAYS if actor.may(door.ability)]
    return render(
        request,
        "integrations/index.html",
        {
            "is_hipaa": hipaa.is_on(),
            "cards": [card(provider, held.get(provider.key)) for provider in PROVIDERS.values()],
            "doors": doors,
            "not_yet": NOT_YET,
        },
    )


@MANAGE
@require_safe
def show(request: HttpRequest, provider: str) -> HttpResponse:
    """How a connection is doing, what is told to it, and the end of its log."""
    service = connecting.named(provider)
    row = Connection.objects.filter(provider=provider).select_related("connected_by").first()
    mappings = {one.happening: one for one in Mapping.objects.filter(connection=row)} if row else {}
    lines = list(Line.objects.filter(connection=row).order_by("-pk")[: RECENT + 1]) if row else []
    response = render(
        request,
        "integrations/show.html",
        {
            "settings_title": "Integrations",
            "settings_url": link("settings:integrations"),
            **card(service, row),
            "messages_of": [(one, mappings.get(one.key)) for one in happenings.HAPPENINGS.values()],
            "lines": lines[:RECENT],
            "has_more": len(lines) > RECENT,
            "remedy": states.REMEDIES.get(row.trouble, "") if row else "",
            "may_connect": access.is_full() and service.is_configured,
            "redirect_uri": connecting.redirect_uri(service),
        },
    )
    return let_lead_to(response, service)


@MANAGE
@require_safe
def log(request: HttpRequest, provider: str) -> HttpResponse:
    """The last thirty days of a connection, a page at a time."""
    service = connecting.named(provider)
    row = Connection.of(provider)
    before = request.GET.get("before", "")
    lines = Line.objects.filter(connection=row).order_by("-pk") if row else Line.objects.none()
    if ids.is_id(before):
        lines = lines.filter(pk__lt=before)
    found = list(lines[: PAGE + 1])
    context = {
        "settings_title": service.name,
        "settings_url": link("settings:integration", provider),
        "provider": service,
        "lines": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else "",
        "is_first": not before,
    }
    return render(request, "integrations/log.html", context)


def card(provider: Provider, row: Connection | None) -> dict[str, Any]:
    """What a card and a page say of an integration."""
    state = states.NOT_CONNECTED if row is None else row.shown_state
    if not provider.is_configured:
        state = states.NOT_CONFIGURED
    return {
        "provider": provider,
        "row": row,
        "state": state,
        "label": states.LABELS[state],
        "level": states.LEVELS.get(state, ""),
        "is_of_nobody": bool(row and row.is_of_nobody),
    }


def let_lead_to(response: HttpResponse, provider: Provider) -> HttpResponse:
    """Let the answer to a form on this page lead to the provider, which the policy of the other pages forbids."""
    if provider.is_configured:
        parts = provider.authorize_url.split("/")
        response._csp_update = {"form-action": ["/".join(parts[:3])]}  # type: ignore[attr-defined]
    return response
