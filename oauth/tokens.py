"""Making tokens. What replaces a used refresh token is derived from it, so that a client whose answer was lost gets
the very same successor again although only digests are kept."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from typing import Any

from django.conf import settings
from oauth2_provider.models import set_token_value

from core import clock
from oauth.models import AccessToken, Install, RefreshToken

ACCESS_LIVES = dt.timedelta(seconds=86_399)
REFRESH_LIVES = dt.timedelta(days=365)
CODE_LIVES = dt.timedelta(minutes=10)
GRACE = dt.timedelta(seconds=60)


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def successor(of: str, kind: str) -> str:
    """The `access` or `refresh` token that follows the refresh token `of`: the same each time, for this server only."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"hoopai-refresh").digest()
    made = hmac.new(key, f"{kind}:{of}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def store(
    install: Install, scope: str, access: str, refresh: str, after: RefreshToken | None = None, all_scopes: str = ""
) -> AccessToken:
    """Keep the digests of a fresh pair; `after` is the refresh token it replaces, whose family it joins.

    `all_scopes` is what a later refresh may ask for, where `scope` was narrowed.
    """
    now = clock.now()
    token = AccessToken(
        user_id=install.user_id,
        application=install.app,
        install=install,
        scope=scope,
        expires=now + ACCESS_LIVES,
        source_refresh_token=after,
    )
    set_token_value(token, access)
    token.save(force_insert=True)
    renewal = RefreshToken(
        user_id=install.user_id,
        application=install.app,
        install=install,
        access_token=token,
        token_family=after.token_family if after else uuid.uuid4(),
        scope=all_scopes or scope,
        expires=now + REFRESH_LIVES,
    )
    set_token_value(renewal, refresh)
    renewal.save(force_insert=True)
    return token


def answer(install: Install, token: AccessToken, access: str, refresh: str) -> dict[str, Any]:
    """The token answer of the contract: snake_case for the tokens, camelCase for what they stand for."""
    found: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": max(0, round((token.expires - clock.now()).total_seconds())),
        "refresh_token": refresh,
        "scope": token.scope,
        "userType": install.user_type,
        "companyId": install.company_id,
        "userId": install.user_id or "",
        "appId": install.app.app_id,
        "versionId": install.app.app_id,
        "isBulkInstallation": install.is_bulk,
    }
    if install.location_id:
        found["locationId"] = install.location_id
    elif install.is_bulk:
        found["approvedLocations"] = install.approved
        found["approveAllLocations"] = install.approves_all
        found["installToFutureLocations"] = install.approves_all
    return found


def issue(install: Install, scope: str) -> dict[str, Any]:
    """A fresh pair for the install, as an answer."""
    access, refresh = new_token(), new_token()
    return answer(install, store(install, scope, access, refresh), access, refresh)
