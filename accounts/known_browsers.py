"""Browsers a person has signed in from: a new one is worth a mail, a trusted one is asked for no code for thirty days."""

from __future__ import annotations

import datetime as dt
import secrets

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts import hipaa
from accounts.addresses import client_address
from accounts.models import KnownBrowser, User
from core import clock
from core.crypto import digest

TRUSTED_FOR = dt.timedelta(days=30)
COOKIE = "__Host-browser" if settings.SECURE else "browser"
COOKIE_AGE = 400 * 24 * 3600  # as long as browsers keep any
MOST = 50  # of one person; the one unseen for longest is forgotten


def of(request: HttpRequest, user: User) -> KnownBrowser | None:
    """The row of this browser for this person."""
    token = request.COOKIES.get(COOKIE, "")
    return KnownBrowser.objects.filter(user=user, digest=digest(token)).first() if token else None


def may_trust(user: User) -> bool:
    """Whether any browser may be remembered for the person: operators are asked every time, and so is everybody in
    HIPAA mode."""
    return not user.is_staff and not hipaa.covers(user)


def is_trusted(request: HttpRequest, user: User) -> bool:
    """Whether the person asked to be remembered here, and may be."""
    row = of(request, user)
    return bool(row and row.trusted_until and row.trusted_until > clock.now()) and may_trust(user)


def trusted(user: User) -> QuerySet[KnownBrowser]:
    """The browsers in which the person is asked for no code, the last used first."""
    return KnownBrowser.objects.filter(user=user, trusted_until__gt=clock.now()).order_by("-seen_at", "pk")


def meet(request: HttpRequest, response: HttpResponse, user: User, trust: bool = False) -> bool:
    """Note that the person signed in here, and give the browser its cookie. Returns whether it was a stranger to them.

    Args:
        trust: ask for no code here for thirty days.
    """
    now = clock.now()
    noted = {"agent": request.headers.get("User-Agent", "")[:300], "address": client_address(request) or None,
        "seen_at": now}  # fmt: skip
    if trust and may_trust(user):
        noted["trusted_until"] = now + TRUSTED_FOR
    row = of(request, user)
    if row is not None:
        KnownBrowser.objects.filter(pk=row.pk).update(**noted)
        return False
    token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    KnownBrowser.objects.create(user=user, digest=digest(token), **noted)
    old = KnownBrowser.objects.filter(user=user).order_by("-seen_at").values_list("pk", flat=True)[MOST:]
    KnownBrowser.objects.filter(pk__in=list(old)).delete()
    response.set_cookie(COOKIE, token, max_age=COOKIE_AGE, httponly=True, secure=settings.SECURE, samesite="Lax")
    return True


def trust_none(user: User) -> int:
    """Ask for a code again everywhere. Returns in how many browsers that is new."""
    return trusted(user).update(trusted_until=None)
