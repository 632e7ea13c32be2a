"""System checks: combinations of settings that would hurt."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@register(Tags.security)
def rate_limits_stay_on(**_: Any) -> list[Error]:
    """API_RATE_LIMITS=off is for measuring on one's own machine."""
    if settings.API_RATE_LIMITS or settings.DEBUG or urlsplit(settings.BASE_URL).hostname in LOOPBACK:
        return []
    return [
        Error(
            "API_RATE_LIMITS is off for an address that others can reach.",
            hint="Remove API_RATE_LIMITS, or set BASE_URL to a loopback address while you measure.",
            id="hoopai.E001",
        )
    ]


@register(Tags.security)
def key_is_long(**_: Any) -> list[Error]:
    """Tokens and secrets at rest hang on SECRET_KEY."""
    if len(settings.SECRET_KEY) >= 40:
        return []
    return [Error("SECRET_KEY is short.", hint="Use 50 random characters or more.", id="hoopai.E002")]
