"""What the kernel must know of a token. Who issues tokens is an app above; it fills in this class."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


class Credential(Protocol):
    """A token that was found, is not expired and not revoked."""

    id: str
    is_private: bool  # a private integration, which the rules call an API key
    app_id: str  # "" for a private integration
    company_id: str
    location_id: str | None  # None on an agency's token
    scopes: frozenset[str]

    def reaches(self, location_id: str) -> bool:
        """Whether the token may act in that location."""
        ...

    def open(self, location_id: str | None) -> AbstractContextManager[None]:
        """Open the scope of the location, or of the company alone."""
        ...


@cache
def _reader(path: str) -> Callable[[HttpRequest], Credential]:
    found: Callable[[HttpRequest], Credential] = import_string(path)
    return found


def read(request: HttpRequest) -> Credential:
    """The credential of the request, found by the function that settings.API_AUTHENTICATION names.

    Raises:
        api.errors.ApiError: 401.
    """
    return _reader(settings.API_AUTHENTICATION)(request)
