"""Phone numbers: E.164 in, E.164 stored. Metadata is Google's libphonenumber, through its Rust or Python port."""

from __future__ import annotations

import re

try:
    import rphonenumbers as port  # Rust, ten times faster, same interface and metadata
except ImportError:  # no build for this platform
    import phonenumbers as port

DAMAGED = re.compile(r"^\s*\d+(?:[.,]\d+)?[eE]\+?\d+\s*$")
LABELS = ("mobile", "work", "home", "landline")


class BadPhone(ValueError):
    """The text is no phone number; the message is the sentence to show."""


def e164(text: str, country: str = "US") -> str:
    """`text` as E.164, read with `country` (ISO 3166, two letters) where it has no country code.

    Raises:
        BadPhone: it cannot be read as a number, or a spreadsheet turned it into 5.55E+09.
    """
    if DAMAGED.match(text):
        raise BadPhone("number damaged by the spreadsheet")
    try:
        number = port.parse(text[:64], country or "US")
    except port.NumberParseException:
        raise BadPhone("not a valid phone number") from None
    if not port.is_possible_number(number):
        raise BadPhone("not a valid phone number")
    return str(port.format_number(number, port.PhoneNumberFormat.E164))


def pretty(number: str) -> str:
    """An E.164 number as people of its country write it with the country code, or unchanged if unreadable."""
    try:
        parsed = port.parse(number, None)
    except port.NumberParseException:
        return number
    return str(port.format_number(parsed, port.PhoneNumberFormat.INTERNATIONAL))
