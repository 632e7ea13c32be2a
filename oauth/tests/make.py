"""Builders of tokens, and a client that speaks the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.test import Client

from accounts.models import Company, Location
from core import scope
from oauth.models import PrivateIntegration

Scopes = list[str] | str


def private_integration(
    place: Location | None = None, *, company: Company | None = None, scopes: Scopes = "all", name: str = "Tests"
) -> tuple[PrivateIntegration, str]:
    """The integration and its token; of the agency when only `company` is given."""
    owner = place.company_id if place else company.pk if company else None
    with scope.use(company_id=owner, location_id=place.pk if place else None):
        return PrivateIntegration.issue(name, scopes, place)


class ApiClient:
    """Real requests through the whole stack. Bodies are dicts; answers are Django's, with `.json()`."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, query: dict[str, Any] | None = None, **options: Any) -> HttpResponse:
        return self.send("GET", path + (f"?{urlencode(query, doseq=True)}" if query else ""), **options)

    def post(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self.send("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self.send("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self.send("DELETE", path, body, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        version: str | None = "2021-07-28",
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> HttpResponse:
        """One request, outside of any scope. A body of bytes or text goes out as it is."""
        token = self.token if token is None else token
        sent = dict(headers or {})
        if version is not None:
            sent.setdefault("Version", version)
        if token:
            sent.setdefault("Authorization", f"Bearer {token}")
        data = body if isinstance(body, (bytes, str)) else b"" if body is None else orjson.dumps(body)
        with scope.fresh():
            return self.client.generic(method, path, data, content_type=content_type, headers=sent, **extra)


def api(place: Location | None = None, *, company: Company | None = None, scopes: Scopes = "all") -> ApiClient:
    """A client with a private integration of that location, or of the agency."""
    return ApiClient(private_integration(place, company=company, scopes=scopes)[1])
