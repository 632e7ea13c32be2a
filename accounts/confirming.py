"""Asking again who is there before something that matters: a password, a code or a passkey, good for half an hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from core import clock

GOOD_FOR = dt.timedelta(minutes=30)

View = Callable[..., HttpResponse]


def was_recent(request: HttpRequest) -> bool:
    """Whether the person proved who they are in this session within half an hour; signing in counts."""
    noted = request.session.get("confirmed_at")
    at = dt.datetime.fromisoformat(noted) if noted else getattr(request.session, "started_at", None)
    return at is not None and clock.now_for_all() - at < GOOD_FOR


def note(request: HttpRequest) -> None:
    """The person has just proved who they are."""
    request.session["confirmed_at"] = clock.now_for_all().isoformat()


def confirm_recently(request: HttpRequest) -> HttpResponse | None:
    """None when the person proved who they are lately; else the answer that leads them there and back.

    Back to this address after a GET; after a POST to the page its form was on, where the button waits.
    """
    if was_recent(request):
        return None
    back = request.get_full_path() if request.method == "GET" else page_before(request)
    address = f"{reverse('accounts:confirm')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def confirmed(view: View) -> View:
    """Let a page be used only by somebody who proved lately who they are. Stands below `allowed`."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return confirm_recently(request) or view(request, *args, **kwargs)

    return checked


def page_before(request: HttpRequest) -> str:
    """The path of the page a form was sent from, on this host; "/" when it is not known."""
    sent = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sent, {request.get_host()}, request.is_secure()):
        return "/"
    parts = urlsplit(sent)
    return parts.path + (f"?{parts.query}" if parts.query else "")
