"""Countries by their two letters, from the list that comes with the time zones."""

from __future__ import annotations

from functools import cache
from importlib import resources

from django.core.exceptions import ValidationError


@cache
def names() -> dict[str, str]:
    """{"PT": "Portugal", …} by name."""
    lines = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return dict(sorted(((code, name) for code, name in pairs), key=lambda pair: pair[1]))


def check_country(code: str) -> None:
    """Refuse a code that is no country."""
    if code and code not in names():
        raise ValidationError(f"{code} is not a country; use two letters such as PT")
