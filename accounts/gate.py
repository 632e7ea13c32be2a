"""Between signing in and everything else: whoever must set up a second step gets no further than that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core import clock

DUE = "second_step_due"  # in the session: the moment from which nothing else opens
OPEN = (
    "/account/second-step",
    "/account/passkeys",
    "/account/confirm",
    "/account/sign-out",
    "/static/",
    "/healthz",
    "/readyz",
)


class SecondStepGate:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_shut(request):
            address = reverse("accounts:set_up")
            if request.headers.get("HX-Request") == "true":
                return HttpResponse(status=204, headers={"HX-Redirect": address})
            if request.method == "GET":
                address += f"?{urlencode({'next': request.get_full_path()})}"
            return redirect(address)
        return self.get_response(request)


def is_shut(request: HttpRequest) -> bool:
    """Whether this session owes a second step and asks for anything but its set-up."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(OPEN):
        return False
    due = owed(request)
    return due is not None and due <= clock.now()


def owe(request: HttpRequest, due: dt.datetime) -> None:
    """From `due` on this session opens nothing but the set-up."""
    request.session[DUE] = due.isoformat()


def owed(request: HttpRequest) -> dt.datetime | None:
    """From when a second step is owed; None when none is."""
    noted = request.session.get(DUE)
    return dt.datetime.fromisoformat(noted) if noted else None


def settle(request: HttpRequest) -> None:
    """The second step is there."""
    request.session.pop(DUE, None)
