"""VAT numbers of the European Union and the United Kingdom: their form, and which country one belongs to.

The forms are those the European Commission publishes for its VIES service, and HMRC for GB and XI. Whether a number is
in use is not asked.
"""

from __future__ import annotations

import re

FORMS = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}",
    "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}", "LT": r"\d{9}|\d{12}", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}", "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{10}01", "SI": r"\d{8}", "SK": r"\d{10}",
    "GB": r"\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2}", "XI": r"\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2}",
}  # fmt: skip
PREFIXES = {"GR": ("EL",), "GB": ("GB", "XI")}  # where it is not the country's own


def plain(number: str) -> str:
    """A number as it is kept: capitals, without spaces, dots and dashes."""
    return re.sub(r"[\s.\-]", "", number).upper()


def is_asked(country: str) -> bool:
    """Whether a country's tax numbers have a form that is known here."""
    return prefixes(country)[0] in FORMS


def prefixes(country: str) -> tuple[str, ...]:
    """What a number of a country begins with: its two letters, but EL in Greece, and GB or XI in the United Kingdom."""
    return PREFIXES.get(country, (country,))


def is_number(number: str, country: str) -> bool:
    """Whether it has the form of a VAT number of that country, prefix included."""
    number = plain(number)
    prefix, rest = number[:2], number[2:]
    return prefix in prefixes(country) and prefix in FORMS and re.fullmatch(FORMS[prefix], rest) is not None
