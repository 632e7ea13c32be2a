"""The doors of pages: request id, the scope of a signed-in person, problems shown as pages."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DataError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from accounts import abilities, current, gate, hipaa, people, signing_in
from accounts import standing as standings
from accounts.addresses import client_address
from accounts.models import Location
from accounts.models.membership import actor_at
from core import access, clock, ids, scope
from core.errors import Forbidden, Invalid, Problem, Refused
from core.prepared import Prepared
from onboarding.standing import with_trial
from support import holds

GetResponse = Callable[[HttpRequest], HttpResponse]
IN_LOCATION = re.compile(rf"^/l/({ids.PATTERN})/")
EXPORT = re.compile(rf"^/l/{ids.PATTERN}/settings/data-export(/|$)")
# Beside public pages all that a person of a company on hold can open: the notice, and what signing in needs.
OPEN_ON_HOLD = ("/account/on-hold", "/account/sign-in", *gate.OPEN)
GIVEN_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
slow = logging.getLogger("hoopai.slow")


class RequestId:
    """Gives each request an id (or takes the caller's), puts it in scope, in the answer and in every log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.id = given if GIVEN_ID.match(given) else str(uuid.uuid4())  # type: ignore[attr-defined]
        with (
            scope.fresh(via="ui", request_id=request.id, address=client_address(request)),
            connection.execute_wrapper(log_slow),
        ):  # type: ignore[attr-defined]
            clock.refresh()
            response = self.get_response(request)
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response


def log_slow(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Log statements slower than SLOW_QUERY_MS, without their values."""
    began = time.monotonic()
    try:
        return execute(sql, params, many, context)
    finally:
        took = (time.monotonic() - began) * 1000
        if took > settings.SLOW_QUERY_MS:
            slow.warning("slow query", extra={"ms": round(took), "sql": sql[:1000]})


PLACE = Prepared(
    lambda pk: hipaa.with_mode(
        with_trial(
            Location.objects.everywhere(reason="the door: the path names the location").filter(pk=pk, is_active=True)
        )
    )
)


class OpenScope:
    """Opens the scope: person and company from the session; the location from the path, for its members only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = IN_LOCATION.match(request.path_info)
        with ExitStack() as stack:
            if found:
                if not request.user.is_authenticated:
                    back = urlencode({"next": request.get_full_path()})
                    return redirect(f"{reverse('accounts:sign_in')}?{back}")
                place = PLACE.first(found[1])
                actor = place and actor_at(request.user, place)
                if place is not None and actor is None and people.is_switched_off(request.user, place):
                    return render(request, "403.html", {"message": signing_in.SWITCHED_OFF}, status=403)
                if place is None or actor is None:
                    return render(request, "404.html", status=404)
                if place.access == access.HELD and not may_export_on_hold(request, place):
                    return to_the_notice(request)
                if place.suspended_at and request.user.agency_role != "admin":
                    return render(request, "403.html", {"message": "This location is suspended."}, status=403)
                if place.access == access.NONE:
                    standing = standings.of_company(place.company_id)
                    return render(request, "accounts/closed.html", {"standing": standing}, status=403)
                if place.access != access.FULL:
                    actor = replace(actor, abilities=abilities.while_read_only(actor.abilities))
                stack.enter_context(current.at(place, actor=actor, via="ui"))
                hipaa.know_by(place)
                stack.enter_context(timezone.override(request.user.timezone or place.timezone))
            elif is_account_page(request) and request.user.is_authenticated:
                if is_on_hold(request.user) and not request.path_info.startswith(OPEN_ON_HOLD):
                    return to_the_notice(request)
                person = scope.Actor(
                    request.user.pk,
                    request.user.name,
                    "user",
                    frozenset(),
                    sees_everything=request.user.agency_role == "admin",
                    is_admin=request.user.agency_role == "admin",
                )
                stack.enter_context(scope.use(company_id=request.user.company_id, actor=person, via="ui"))
                zone = request.user.timezone or (request.user.company and request.user.company.timezone)
                stack.enter_context(timezone.override(zone or "UTC"))
            response = self.get_response(request)
        if found:
            patch_vary_headers(response, ["HX-Request"])
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """The location of the path is in scope by now: views do not take it."""
        if IN_LOCATION.match(request.path_info):
            kwargs.pop("location", None)


def is_account_page(request: HttpRequest) -> bool:
    """Whether the path belongs to pages that know their person: the account area."""
    return request.path_info == "/" or request.path_info.startswith(
        ("/account/", "/agency/", "/styleguide", "/oauth/choose", "/v2/oauth/choose", "/docs/")
    )


def is_on_hold(user: Any) -> bool:
    """Whether the person's company was stopped."""
    return user.company is not None and user.company.access == access.HELD


def may_export_on_hold(request: HttpRequest, place: Location) -> bool:
    """Whether the page belongs to the data export and support has allowed it to this company on hold."""
    hold = holds.of(place.company_id) if EXPORT.match(request.path_info) else None
    return hold is not None and hold.may_export


def to_the_notice(request: HttpRequest) -> HttpResponse:
    """The way of everybody whose company is on hold; htmx is told both that it is refused and where to go."""
    address = reverse("on_hold")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("account_on_hold", status=403, headers={"HX-Redirect": address}, content_type="text/plain")
    return redirect(address)


def is_no_text(error: Exception) -> bool:
    """Whether the database was handed what it cannot keep as text: NUL, or half of a character."""
    if isinstance(error, UnicodeEncodeError):
        return "surrogates" in error.reason
    return isinstance(error, (ValueError, DataError)) and "NUL" in str(error)


class ShowProblems:
    """A problem raised by a verb becomes a page, a toast or a status, never a traceback."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_no_text(error):
            error = Invalid("The request holds characters that are no text.")
        if isinstance(error, Forbidden) and not access.is_full():
            error = access.refusal()  # what the actor lacks, everybody lacks now
        if isinstance(error, (Http404, PermissionDenied)) or not isinstance(error, Problem):
            return None
        if request.headers.get("HX-Request") == "true":
            # 422 would put the bare sentence where a form belongs; as 400 it is shown as a message
            status = 400 if isinstance(error, Refused) and error.status == 422 else error.status
            return HttpResponse(error.message, status=status, content_type="text/plain; charset=utf-8")
        if error.status in (403, 404):
            return render(request, f"{error.status}.html", {"message": error.message}, status=error.status)
        if request.method == "POST" and request.META.get("HTTP_REFERER", "").startswith(
            request.build_absolute_uri("/")
        ):
            messages.error(request, error.message)
            return redirect(request.META["HTTP_REFERER"])
        return render(request, "400.html", {"message": error.message}, status=error.status)
