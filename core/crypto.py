"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256), keyed from SECRET_KEY; older keys still open."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    derived = (hashlib.blake2b(key.encode(), digest_size=32, person=b"hoopai-fernet").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _current() -> MultiFernet:
    return _box((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def seal(text: str) -> str:
    """Encrypt `text` for storage."""
    return _current().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` made.

    Raises:
        cryptography.fernet.InvalidToken: it was made with another key or altered.
    """
    return _current().decrypt(sealed.encode()).decode()


def digest(secret: str) -> str:
    """The SHA-256 of a high-entropy secret, for look-up without storing the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
