"""What is accepted at sign-up: the key and the present version of each document, and where it is read."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

VERSIONS = {"terms": "2026-11", "privacy": "2026-11", "dpa": "2026-11"}


def versions() -> dict[str, str]:
    """{document: version} of what is to be accepted now; an operator who names own texts names their version too."""
    return dict.fromkeys(VERSIONS, settings.TERMS_VERSION) if settings.TERMS_VERSION else dict(VERSIONS)


def addresses() -> dict[str, str]:
    """{document: where it is read}: the operator's own page where there is one, else ours."""
    return {
        "terms": settings.TERMS_URL or reverse("terms"),
        "privacy": settings.PRIVACY_URL or reverse("privacy"),
        "dpa": settings.DPA_URL or reverse("dpa"),
    }
