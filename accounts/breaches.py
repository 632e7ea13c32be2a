"""Passwords that everybody knows: forty thousand of the commonest ones of public breaches, kept here, asked of nobody.

The list is a file of sorted five-byte hashes. `manage.py breached_passwords` makes it from a list of one's own;
BREACHED_PASSWORDS names another file. A password is known as it stands, and with digits and signs added at its ends
or put for letters: "P@ssword2026!" is "password".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

WIDTH = 5  # bytes of each hash: one in twenty-five million other passwords is taken for a known one
ORDINARY = Path(__file__).with_name("breached.bin")
ENDS = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
LETTERS = str.maketrans("013457@$!", "oleastasi")
SHORTEST_WORD = 5  # what is left after digits and signs are taken off; shorter words say nothing


def is_known(password: str) -> bool:
    """Whether the password, or the word it is built around, is on the list."""
    return any(_holds(form) for form in forms_of(password))


def forms_of(password: str) -> set[str]:
    """The spellings under which a password is looked up."""
    plain = password.lower()
    found = {plain}
    for core in (plain.strip(ENDS), plain.translate(LETTERS).strip(ENDS), plain.strip(ENDS).translate(LETTERS)):
        if len(core) >= SHORTEST_WORD:
            found.add(core)
    return found


def packed(passwords: Iterable[str]) -> bytes:
    """The file's content for a list of passwords."""
    return b"".join(sorted({_hash(password.lower()) for password in passwords if password}))


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=WIDTH).digest()


@lru_cache(maxsize=2)
def _list(path: str) -> bytes:
    return Path(path).read_bytes()


def _holds(text: str) -> bool:
    rows, wanted = _list(str(settings.BREACHED_PASSWORDS or ORDINARY)), _hash(text)
    low, high = 0, len(rows) // WIDTH
    while low < high:
        middle = (low + high) // 2
        if rows[middle * WIDTH : (middle + 1) * WIDTH] < wanted:
            low = middle + 1
        else:
            high = middle
    return rows[low * WIDTH : (low + 1) * WIDTH] == wanted
