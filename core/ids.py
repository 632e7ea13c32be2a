"""Keys: 20 characters of [A-Za-z0-9] that sort by the time they were made."""

import secrets

from core import clock

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ASCII order, so text order is time order
LENGTH = 20
TIME_LENGTH = 8
PATTERN = "[A-Za-z0-9]{20}"


def encode(number: int, width: int) -> str:
    """A non-negative integer in base 62, padded to `width` characters."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def new_id() -> str:
    """A new key: eight characters of milliseconds, twelve of randomness (71 bits)."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return encode(milliseconds, TIME_LENGTH) + encode(secrets.randbits(72) % 62**12, 12)


def id_prefix() -> str:
    """Fourteen characters that start every key of one bulk statement; six digits of a counter follow.

    `prefix || lpad(to_hex(n), 6, '0')` in SQL gives up to 16.7 million ordered keys.
    """
    return new_id()[:14]


def is_id(text: object) -> bool:
    """Whether `text` has the shape of a key."""
    return isinstance(text, str) and len(text) == LENGTH and text.isascii() and text.isalnum()


class IdConverter:
    """URL converter `<id:name>`."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
