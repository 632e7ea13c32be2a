"""IANA time zones."""

import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError


@cache
def names() -> tuple[str, ...]:
    """Every zone name, legacy ones included, in order."""
    return tuple(sorted(zoneinfo.available_timezones() - {"localtime"}))


def check_zone(name: str) -> None:
    """Refuse a name that is no zone."""
    if name and name not in names():
        raise ValidationError(f"{name} is not a time zone; use a name such as Europe/Lisbon")
