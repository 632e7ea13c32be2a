"""POST /oauth/token: a code or a refresh token against a pair of tokens; form or JSON, snake_case or camelCase."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import transaction
from django.http import HttpRequest
from oauthlib.common import Request
from oauthlib.oauth2 import Server

from api import throttles
from api.bodies import Body
from api.errors import ApiError
from api.fields import OneOf, Text
from api.resources import Resource, operation
from core.crypto import digest
from oauth import tokens
from oauth.models import RefreshToken
from oauth.validator import Validator

EXAMPLE = {
    "access_token": "vY3kq1c9ZJt2nXGm0uQwB7hR5sLdPaEo8iTfK4xMzNc",
    "token_type": "Bearer",
    "expires_in": 86399,
    "refresh_token": "Hq8sWn2LxV6dRfY0bKjT4mZcPuA1oGe7iNwB3tXyEvk",
    "scope": "contacts.readonly contacts.write",
    "userType": "Location",
    "locationId": "0Wk3Zr8QeTn5yLbPcA1d",
    "companyId": "0Wk3Zr8PmVb2xKqLsD7f",
    "userId": "0Wk3Zr8NcRt9wJhGfE4s",
    "isBulkInstallation": False,
}
SENTENCES = {
    "invalid_client": "Invalid client: the client id or the client secret is wrong.",
    "invalid_grant": "Invalid grant: the code or the refresh token is invalid, expired, revoked or has been used.",
    "unsupported_grant_type": "This grant type is not supported: use authorization_code or refresh_token.",
}


class TokenBody(Body):
    open = True

    client_id = Text(200, required=True, also=("clientId",), example="65f0c1d2e3a4b5c6d7e8f901-lt3k9x2a")
    client_secret = Text(200, required=True, also=("clientSecret",), example="the secret of the app")
    grant_type = OneOf(
        "authorization_code",
        "refresh_token",
        "client_credentials",
        required=True,
        also=("grantType",),
        example="refresh_token",
    )
    code = Text(200)
    refresh_token = Text(200, also=("refreshToken",), example="Hq8sWn2LxV6dRfY0bKjT4mZcPuA1oGe7iNwB3tXyEvk")
    redirect_uri = Text(2000, also=("redirectUri",))
    user_type = OneOf("Company", "Location", also=("userType",), example="Location")
    code_verifier = Text(128, also=("codeVerifier",))
    scope = Text(5000)

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        needed = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(values["grant_type"])
        return [f"{needed} should not be empty"] if needed and not values.get(needed) else []


def _access(request: Request) -> str:
    return tokens.successor(request.refresh_token, "access") if _renews(request) else tokens.new_token()


def _refresh(request: Request) -> str:
    return tokens.successor(request.refresh_token, "refresh") if _renews(request) else tokens.new_token()


def _renews(request: Request) -> bool:
    return bool(request.grant_type == "refresh_token")


server = Server(
    Validator(),
    token_generator=_access,
    refresh_token_generator=_refresh,
    token_expires_in=int(tokens.ACCESS_LIVES.total_seconds()),
)


class Token(Resource):
    """The way to tokens. It asks for no token itself, and for no version."""

    public = True

    @operation(
        body=TokenBody,
        atomic=False,
        title="Get an access token",
        about="Trades an authorization code or a refresh token for a pair of tokens. Send a form or JSON.",
        example=EXAMPLE,
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        sent = dict(self.body)
        if sent["grant_type"] == "client_credentials":
            raise ApiError(400, SENTENCES["unsupported_grant_type"], error="unsupported_grant_type")
        if sent["grant_type"] == "refresh_token":
            throttles.count_token_request(sent["client_id"], resource_of(sent["refresh_token"]))
        if "code" in sent:
            sent["code"] = digest(sent["code"])
        with transaction.atomic():
            _, text, status = server.create_token_response(
                "https://localhost/oauth/token",
                "POST",
                urlencode(sent),
                {"Content-Type": "application/x-www-form-urlencoded"},
            )
        found: dict[str, Any] = orjson.loads(text)
        if status == 200:
            return found
        throttles.count_failure(request)
        error = found.get("error", "invalid_request")
        raise ApiError(400, SENTENCES.get(error) or found.get("error_description") or "Bad Request", error=error)


def resource_of(refresh_token: str) -> str:
    """The location or company a refresh token is for; all unknown ones share a bucket."""
    found = (
        RefreshToken.objects.filter(token_checksum=digest(refresh_token))
        .values_list("install__location_id", "install__company_id")
        .first()
    )
    return (found[0] or found[1]) if found else "unknown"
