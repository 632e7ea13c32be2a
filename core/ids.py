"""Keys: 20 characters of [A-Za-z0-9] that sort by the time they were made."""

import secrets
import threading

from core import clock

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ASCII order, so text order is time order
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
LENGTH = 20
TIME_LENGTH = 8
PATTERN = "[A-Za-z0-9]{20}"
_MOST, _STEP = 62**12, 62**6
_lock = threading.Lock()
_last = (0, 0)


def encode(number: int, width: int) -> str:
    """A non-negative integer in base 62, padded to `width` characters."""
    pairs = []
    for _ in range((width + 1) // 2):
        number, pair = divmod(number, 3844)
        pairs.append(PAIRS[pair])
    return "".join(reversed(pairs))[-width:]


def new_id() -> str:
    """A new key: eight characters of milliseconds, twelve of randomness (71 bits).

    Keys that one process makes within one millisecond still sort in the order they were made.
    """
    global _last  # noqa: PLW0603
    milliseconds = int(clock.now().timestamp() * 1000)
    with _lock:
        chance = secrets.randbits(72) % _MOST
        if milliseconds == _last[0]:
            # the first six of the twelve characters grow, so that prefixes of bulk statements differ as well
            after = _last[1] + _STEP * (1 + secrets.randbits(16)) + chance % _STEP
            chance = after if after < _MOST else chance
        _last = (milliseconds, chance)
    return encode(milliseconds, TIME_LENGTH) + encode(chance, 12)


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
