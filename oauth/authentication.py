"""BearerAuthentication: from the Authorization header to a credential, in one query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest

from accounts import current
from accounts.models import Location
from api.errors import ApiError
from core import clock, scope
from core.crypto import digest
from oauth import scopes
from oauth.models import AccessToken, PrivateIntegration
from oauth.models.private_integration import SEEN_EVERY

LONGEST = 200
UNKNOWN = "Invalid JWT"
UNKNOWN_KEY = "Invalid Private Integration token"


@dataclass(frozen=True)
class Bearer:
    """A live token. See `api.credentials.Credential`."""

    id: str
    name: str
    is_private: bool
    app_id: str
    company_id: str
    location_id: str | None
    scopes: frozenset[str]
    place: Location | None = None
    token: AccessToken | None = None

    def reaches(self, location_id: str) -> bool:
        if self.location_id is not None:
            return location_id == self.location_id
        return _place(location_id, self.company_id) is not None

    @contextmanager
    def open(self, location_id: str | None) -> Iterator[None]:
        actor = scope.Actor(self.id, self.name, "token", self.scopes)
        place = self.place
        if location_id is not None and place is None:
            place = _place(location_id, self.company_id)
        if place is not None:
            with current.at(place, actor=actor, via="api"):
                yield
        else:
            with scope.use(company_id=self.company_id, location_id=None, actor=actor, via="api"):
                yield


def _place(location_id: str, company_id: str) -> Location | None:
    found: Location | None = (
        Location.objects.everywhere(reason="an agency's token may name any location of its company")
        .filter(pk=location_id, company_id=company_id, is_active=True)
        .first()
    )
    return found


def read(request: HttpRequest) -> Bearer:
    """The credential of the request.

    Raises:
        ApiError: 401 when there is no token, or it is unknown, expired, revoked, or its location is closed.
    """
    kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token or len(token) > LONGEST:
        raise ApiError(401, UNKNOWN)
    return _private(token) if token.startswith("pit-") else _issued(token)


def _private(token: str) -> Bearer:
    now, wanted = clock.now(), digest(token)
    rows = (
        PrivateIntegration.objects.everywhere(reason="the door: the token says whose it is")
        .select_related("location")
        .filter(revoked_at__isnull=True)
    )
    found = rows.filter(digest=wanted).first() or rows.filter(old_digest=wanted, old_until__gt=now).first()
    if found is None or (found.location is not None and not found.location.is_active):
        raise ApiError(401, UNKNOWN_KEY)
    if found.last_used_at is None or now - found.last_used_at > SEEN_EVERY:

        PrivateIntegration.objects.everywhere(reason="the last use of a token just found").filter(pk=found.pk).filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - SEEN_EVERY)
        ).seen(now)
    return Bearer(
        found.pk, found.name, True, "", found.company_id, found.location_id, scopes.held(found.scopes), found.location
    )


def _issued(token: str) -> Bearer:
    found = (
        AccessToken.objects.select_related("install__location", "application")
        .filter(token_checksum=digest(token), expires__gt=clock.now(), install__is_active=True)
        .first()
    )
    if found is None:
        raise ApiError(401, UNKNOWN)
    install = found.install
    if install.location is not None and not install.location.is_active:
        raise ApiError(401, UNKNOWN)
    return Bearer(
        install.pk,
        found.application.name,
        False,
        found.application.app_id,
        install.company_id,
        install.location_id,
        scopes.held(found.scope.split()),
        install.location,
        found,
    )
