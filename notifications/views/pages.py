"""The bell, its panel and the page of all notifications."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core import clock, keyset
from core.errors import NotFound
from core.pages import allowed, is_partial, link
from notifications import showing
from notifications.kinds import ALL, KINDS
from notifications.models import Notification

ON_A_PAGE = 50
IN_PANEL = 20


@require_GET
@allowed("anyone")
def index(request: HttpRequest) -> HttpResponse:
    """All of the last ninety days, the latest first; `show=unread` and `kind` narrow."""
    only_unread, key = request.GET.get("show") == "unread", request.GET.get("kind", "")
    key = key if key in KINDS else ""
    rows = showing.mine()
    rows = rows.unread() if only_unread else rows
    rows = rows.filter(kind=key) if key else rows
    page = keyset.page(rows, "at", request.GET.get("at", ""), ON_A_PAGE, descending=True)
    base = link("notifications:index")

    def to(**members: str) -> str:
        given = {"show": "unread" if only_unread else "", "kind": key, **members}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{base}?{query}" if query else base

    context: dict[str, Any] = {
        "lines": showing.lines(page.rows),
        "shows": [
            {"label": "All", "url": to(show=""), "current": not only_unread},
            {"label": "Unread", "url": to(show="unread"), "current": only_unread},
        ],
        "only_unread": only_unread,
        "kinds": ALL,
        "kind": key,
        "refresh_url": to(at=request.GET.get("at", "")[:2000]),
        "newer_url": to(at=page.previous) if page.previous else "",
        "older_url": to(at=page.next) if page.next else "",
        "base": base,
        "has_unread": showing.unread() > 0,
    }
    template = "notifications/list.html" if is_partial(request) else "notifications/index.html"
    return render(request, template, context)


@require_GET
@allowed("anyone")
def panel(request: HttpRequest) -> HttpResponse:
    """What opens below the bell; without a script the page."""
    if not is_partial(request):
        return redirect(link("notifications:index"))
    found = showing.lines(showing.mine().order_by("-at", "-pk")[:IN_PANEL])
    context = {"lines": found, "has_unread": any(line.row.read_at is None for line in found) or showing.unread() > 0}
    return render(request, "notifications/panel.html", context)


@require_GET
@allowed("anyone")
def count(request: HttpRequest) -> HttpResponse:
    """How many are unread; more than 99 are 100."""
    response = JsonResponse({"unread": showing.unread()})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@allowed("anyone")
def follow(request: HttpRequest, pk: str) -> HttpResponse:
    """Go where a notification leads; it counts as read."""
    row = own(pk)
    _read(Notification.objects.filter(pk=row.pk))
    return redirect(showing.target(row))


@require_POST
@allowed("anyone")
def mark(request: HttpRequest, pk: str) -> HttpResponse:
    """Mark one as read, or with `unread=1` as unread again."""
    row = own(pk)
    if request.POST.get("unread"):
        Notification.objects.filter(pk=row.pk).update(read_at=None)
    else:
        _read(Notification.objects.filter(pk=row.pk))
    if is_partial(request):
        (line,) = showing.lines([own(pk)])
        response = render(request, "notifications/row.html", {"line": line})
        response["HX-Trigger"] = "notifications:read"
        return response
    return redirect(link("notifications:index"))


@require_POST
@allowed("anyone")
def mark_all(request: HttpRequest) -> HttpResponse:
    """Everything the actor is shown is read."""
    _read(showing.mine())
    if is_partial(request):
        return HttpResponse(
            status=204, headers={"HX-Trigger": '{"notifications:read": "", "notifications:changed": ""}'}
        )
    messages.success(request, "Everything is read.")
    return redirect(link("notifications:index"))


def own(pk: str) -> Notification:
    """A notification of the actor.

    Raises:
        NotFound: it is somebody else's, or about something the actor may no longer see.
    """
    found: Notification | None = showing.mine().filter(pk=pk).first()
    if found is None:
        raise NotFound("This notification is gone, or what it was about is.")
    return found


def _read(rows: Any) -> None:
    """What is read need not be mailed any more."""
    rows.unread().update(read_at=clock.now(), mail_at=None)
