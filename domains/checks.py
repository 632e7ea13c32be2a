"""System checks: settings of custom domains that could not work."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

WAYS = ("on_demand", "elsewhere")


@register()
def domains_can_work(**_: Any) -> list[Error]:
    """The way to certificates is one of two, and root domains are given an IPv4 address."""
    found = []
    if settings.DOMAINS_CERTIFICATES not in WAYS:
        found.append(Error("DOMAINS_CERTIFICATES is unknown.", hint=f"Use {' or '.join(WAYS)}.", id="domains.E001"))
    try:
        ipaddress.IPv4Address(settings.DOMAINS_ADDRESS or "203.0.113.10")
    except ValueError:
        found.append(
            Error("DOMAINS_ADDRESS is no IPv4 address.", hint="Give the front server's address.", id="domains.E002")
        )
    return found
