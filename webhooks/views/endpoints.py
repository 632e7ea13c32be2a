"""Settings -> Webhooks: the addresses that are told of events."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import hipaa
from core.errors import Invalid, Refused
from core.pages import allowed, is_partial, link
from webhooks import events, hours, reach, samples
from webhooks.forms import EndpointForm
from webhooks.models import Delivery, Endpoint, SigningKey
from webhooks.models.endpoint import new_secret

MANAGE = allowed("webhooks.write")
MOST_SHOWN = 200
RECENT = 10


@MANAGE
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The endpoints of the location and of the agency's apps, each with its last day."""
    rows = list(reach.managed(request.user).order_by("app__name", "pk")[:MOST_SHOWN])
    days = hours.days([row.pk for row in rows])
    for row in rows:
        row.day = days[row.pk]
    return render(
        request,
        "webhooks/index.html",
        {
            "is_hipaa": hipaa.is_on(),
            "own": [row for row in rows if row.app is None],
            "of_apps": [row for row in rows if row.app is not None],
            "apps": reach.apps_of(request.user).exists(),
            "next": SigningKey.next(),
            "dead": Delivery.objects.dead().exists(),
        },
    )


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new endpoint of the location, or with ?app= of an app of the agency."""
    apps = reach.apps_of(request.user)
    wanted = request.GET.get("app", "")
    app = get_object_or_404(apps, pk=wanted) if wanted else None
    has_default = app is not None and Endpoint.of_app(app.pk).filter(is_default=True).exists()
    form = EndpointForm(
        request.POST or None, for_app=app is not None, initial={"secret": new_secret(), "legacy_signature": True}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = Endpoint.add(app=app, is_default=app is not None and not has_default, **form.values())
        except Invalid as error:
            form.say(error.errors)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "The webhook is on. Send it a test event to see whether it answers.")
            return redirect(link("settings:webhook", made.pk))
    context = {"form": form, "app": app, "apps": list(apps[:MOST_SHOWN]), "has_default": has_default}
    return render(request, "webhooks/edit.html", context, status=_status(form))


@MANAGE
@require_safe
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """How an endpoint is doing, what it is told, and its last deliveries."""
    row = reach.one_managed(request.user, pk)
    recent = list(_told(row).order_by("-pk")[:RECENT])
    return render(
        request,
        "webhooks/show.html",
        {
            "settings_title": "Webhooks",
            "settings_url": link("settings:webhooks"),
            "row": row,
            "day": hours.days([row.pk])[row.pk],
            "recent": recent,
            "waiting": _told(row).open().count() if row.state != "on" else 0,
            "next": SigningKey.next(),
            "names": [
                event for _, rows in events.offered(row.app is not None) for event in rows if row.wants(event.name)
            ],
            "samples": _samples(row),
        },
    )


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change an endpoint."""
    row = reach.one_managed(request.user, pk)
    form = EndpointForm(request.POST or None, endpoint=row, for_app=row.app is not None)
    if request.method == "POST" and form.is_valid():
        try:
            row.edit(**form.values())
        except Invalid as error:
            form.say(error.errors)
        else:
            messages.success(request, "The webhook is saved.")
            return redirect(link("settings:webhook", row.pk))
    return render(request, "webhooks/edit.html", {"form": form, "row": row, "app": row.app}, status=_status(form))


@MANAGE
@require_POST
def switch(request: HttpRequest, pk: str) -> HttpResponse:
    """Switch it on or off."""
    row = reach.one_managed(request.user, pk)
    on = request.POST.get("on") == "1"
    row.switch(on)
    messages.success(request, "The webhook is on." if on else "The webhook is off. Nothing is kept for it.")
    return redirect(link("settings:webhook", row.pk))


@MANAGE
@require_POST
def next_key(request: HttpRequest, pk: str) -> HttpResponse:
    """Sign with the announced key from now on."""
    row = reach.one_managed(request.user, pk)
    try:
        row.take_next_key()
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Deliveries to this address are signed with the new key from now on.")
    return redirect(link("settings:webhook", row.pk))


@MANAGE
@require_POST
def test(request: HttpRequest, pk: str) -> HttpResponse:
    """Send a made-up event of the chosen type."""
    row = reach.one_managed(request.user, pk)
    name = request.POST.get("event", "")
    if name not in samples.names():
        messages.error(request, "Choose an event to send.")
        return redirect(link("settings:webhook", row.pk))
    if row.state != "on":
        messages.error(request, "Switch the webhook on first.")
        return redirect(link("settings:webhook", row.pk))
    return redirect(link("settings:webhook_delivery", samples.send(row, name)))


@MANAGE
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then delete an endpoint with its log."""
    row = reach.one_managed(request.user, pk)
    if request.method == "POST":
        row.delete_it()
        messages.success(request, f"The webhook {row} is deleted.")
        url = link("settings:webhooks")
        return HttpResponse(headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    context = {
        "title": "Delete this webhook?",
        "text": f"{row.url} hears of nothing any more. Its log and what still waits for it are deleted as well.",
        "action": link("settings:webhook_delete", row.pk),
        "submit": "Delete",
        "kind": "danger",
    }
    return dialog(request, context)


@MANAGE
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys with which receivers check who sends."""
    return render(
        request, "webhooks/keys.html", {"keys": [key for key in (SigningKey.current(), SigningKey.next()) if key]}
    )


def dialog(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A dialog for htmx; without scripts the same on a page of its own."""
    if is_partial(request):
        return render(request, "components/dialog.html", context)
    return render(request, "webhooks/dialog_page.html", context)


def _status(form: EndpointForm) -> int:
    return 422 if form.is_bound and form.errors else 200


def _told(row: Endpoint) -> Any:
    """The deliveries that belong on this page: of an app's endpoint those about the present location."""
    return Delivery.objects.filter(endpoint=row)


def _samples(row: Endpoint) -> list[tuple[str, list[events.Event]]]:
    """What can be sent as a test, what the endpoint asked for first."""
    known = samples.names()
    return [
        (area, [event for event in rows if event.name in known])
        for area, rows in events.offered(row.app is not None)
        if any(event.name in known for event in rows)
    ]
