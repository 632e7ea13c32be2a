"""BearerAuthentication: from the Authorization header to a credential, in one query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import JSONField, Q
from django.http import HttpRequest

from accounts import current
from accounts.models import Location
from api.errors import ApiError
from core import clock, scope
from core.crypto import digest
from oauth import scopes
from oauth.models import PrivateIntegration
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
    token_id: str = ""  # of an OAuth token

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
    row = one(PRIVATE, [wanted, wanted, now])
    if row is None:
        raise ApiError(401, UNKNOWN_KEY)
    pk, name, allowed, company_id, last_used_at, place = row
    if last_used_at is None or now - last_used_at > SEEN_EVERY:
        PrivateIntegration.objects.everywhere(reason="the last use of a token just found").filter(pk=pk).filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - SEEN_EVERY)
        ).seen(now)
    return Bearer(pk, name, True, "", company_id, place and place.pk, scopes.held(allowed), place)


def _issued(token: str) -> Bearer:
    row = one(ISSUED, [digest(token), clock.now()])
    if row is None:
        raise ApiError(401, UNKNOWN)
    token_id, install_id, app, client_id, allowed, company_id, place = row
    return Bearer(
        install_id,
        app,
        False,
        client_id.split("-")[0],
        company_id,
        place and place.pk,
        scopes.held(allowed.split()),
        place,
        token_id,
    )


# Both statements run on every request of the API, and the ORM would take longer to write them than PostgreSQL to
# answer them. The location comes along without its JSON columns, which are read when somebody asks for them.
PLACE = [field for field in Location._meta.concrete_fields if not isinstance(field, JSONField)]
PLACE_NAMES = [field.attname for field in PLACE]
PLACE_COLUMNS = ", ".join(f'place."{field.column}"' for field in PLACE)
PRIVATE = f"""
    SELECT held.id, held.name, held.scopes, held.company_id, held.last_used_at, {PLACE_COLUMNS}
    FROM oauth_privateintegration held LEFT JOIN accounts_location place ON place.id = held.location_id
    WHERE held.revoked_at IS NULL AND (held.digest = %s OR held.old_digest = %s AND held.old_until > %s)
        AND (held.location_id IS NULL OR place.is_active AND place.suspended_at IS NULL)"""  # noqa: S608  column names of a model
ISSUED = f"""
    SELECT token.id, install.id, app.name, app.client_id, token.scope, install.company_id, {PLACE_COLUMNS}
    FROM oauth_accesstoken token
    JOIN oauth_install install ON install.id = token.install_id
    JOIN oauth_app app ON app.id = token.application_id
    LEFT JOIN accounts_location place ON place.id = install.location_id
    WHERE token.token_checksum = %s AND token.expires > %s AND install.is_active
        AND (install.location_id IS NULL OR place.is_active AND place.suspended_at IS NULL)"""  # noqa: S608  column names of a model


def one(statement: str, values: list[Any]) -> list[Any] | None:
    """The row of a statement, its location as an object at the end."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    own = len(row) - len(PLACE)
    place = Location.from_db(connection.alias, PLACE_NAMES, row[own:]) if row[own] is not None else None
    return [*row[:own], place]
