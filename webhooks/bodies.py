"""The bytes of a webhook: compact JSON that a JavaScript receiver gets back byte by byte when it parses and writes it.

Older receivers verify the signature over `JSON.stringify(JSON.parse(body))`, so numbers, the order of keys and escapes
must be what JavaScript makes of them.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

MOST_KEY = 2**32 - 2
ENVELOPE = ("type", "webhookId", "timestamp")  # said once, by the envelope


def packed(event: str, data: dict[str, Any], **more: Any) -> str:
    """The event as it is kept: `type` first, then the data, then `more` where the data does not say it.

    Raises:
        ValueError: it holds something that JSON does not know.
    """
    rest = {name: value for name, value in data.items() if name not in ENVELOPE}
    more = {name: value for name, value in more.items() if value and name not in rest}
    whole = {"type": event, **rest, **more}
    if _is_simple(whole):
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        if text.isascii() or _is_whole(text):
            return text
    return _text(whole)


def body(payload: str, delivery_id: str, timestamp: str) -> bytes:
    """The bytes that are signed and sent: the kept event and what differs by delivery and by attempt."""
    return f'{payload[:-1]},"webhookId":"{delivery_id}","timestamp":"{timestamp}"}}'.encode()


def _is_simple(value: Any) -> bool:
    """Whether Python writes it as JavaScript does anyway: no fractions, no large numbers, no keys like numbers."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-(2**53) < value < 2**53)
    if kind is list:
        return all(map(_is_simple, value))
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or key[:1].isdigit() or (type(item) is not str and not _is_simple(item)):
                return False
        return True
    return False


def _text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value if _is_whole(value) else value.encode("utf-8", "replace").decode())
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, dict):
        named = {str(key): item for key, item in value.items()}
        numbers = sorted((key for key in named if _is_index(key)), key=int)
        if numbers:
            named = {key: named[key] for key in (*numbers, *(key for key in named if not _is_index(key)))}
        return "{" + ",".join([f"{_text(key)}:{_text(item)}" for key, item in named.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    raise ValueError(f"{type(value).__name__} is no JSON")


def _is_index(key: str) -> bool:
    """Whether JavaScript takes the key for a number and puts it first."""
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) <= MOST_KEY


def _is_whole(text: str) -> bool:
    """Whether it has no half of a character, which UTF-8 cannot hold."""
    if text.isascii():
        return True
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _number(value: float | Decimal) -> str:
    """A number as JavaScript writes the float nearest to it."""
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    near = float(value)
    if not math.isfinite(near):
        raise ValueError("not a finite number")
    if near == 0:
        return "0"
    size = abs(near)
    if size < 1e-6 or size >= 1e21:
        digits, _, power = f"{near!r}".partition("e")
        if not power:
            return digits
        return f"{digits.removesuffix('.0')}e{power[0]}{power[1:].lstrip('0')}"
    exact = Decimal(repr(near))
    return str(int(exact)) if near == int(near) else format(exact, "f")
