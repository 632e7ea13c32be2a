"""An OAuth app and the steps of its flow, over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from core import scope
from oauth.models import App
from oauth.tests.make import ApiClient

BACK = "https://app.example.com/callback"
FORM = "application/x-www-form-urlencoded"
SCOPES = "contacts.readonly contacts.write oauth.readonly oauth.write"


def app(
    name: str = "Acme Sync", redirect_uris: list[str] | None = None, scopes: str = SCOPES, company: Any = None
) -> tuple[App, str]:
    return App.register(name, redirect_uris or [BACK], scopes.split(), company)


def address(of: App, path: str = "/oauth/chooselocation", **changes: Any) -> str:
    members = {
        "response_type": "code",
        "client_id": of.client_id,
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": "a b&c",
        **changes,
    }
    return f"{path}?{urlencode({name: value for name, value in members.items() if value is not None})}"


def consent(of: App, user: User, choice: dict[str, Any], **changes: Any) -> HttpResponse:
    """Open the page, choose, and return the answer that leads back to the app."""
    with scope.fresh():
        client = Client()
        client.force_login(user)
        page = client.get(address(of, **changes))
        assert page.status_code == 200, page.content
        return client.post(address(of, **changes), {"decision": "allow", **choice})


def query_of(answer: HttpResponse) -> dict[str, str]:
    assert answer.status_code == 302, answer.content.decode().partition("banner__text")[2][:200]
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def code_for(of: App, user: User, choice: dict[str, Any], **changes: Any) -> str:
    return query_of(consent(of, user, choice, **changes))["code"]


def token(body: dict[str, Any], **options: Any) -> HttpResponse:
    """POST /oauth/token as a form."""
    return ApiClient("").post("/oauth/token", urlencode(body), content_type=FORM, version=None, **options)


def exchange(of: App, secret: str, code: str, **more: Any) -> HttpResponse:
    return token(
        {"client_id": of.client_id, "client_secret": secret, "grant_type": "authorization_code", "code": code, **more}
    )


def refresh(of: App, secret: str, refresh_token: str, **more: Any) -> HttpResponse:
    return token(
        {
            "client_id": of.client_id,
            "client_secret": secret,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            **more,
        }
    )


def installed(of: App, secret: str, user: User, choice: dict[str, Any]) -> dict[str, Any]:
    """The whole flow: the token answer."""
    answer = exchange(of, secret, code_for(of, user, choice))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found
