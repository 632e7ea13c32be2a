from __future__ import annotations

import base64
import datetime as dt
from functools import lru_cache
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.db import connection, models, transaction

from core import clock, crypto
from core.errors import Refused
from core.tenancy import IdField
from journal.recorded import Recorded, RecordedManager

BITS = 4096
NOTICE = dt.timedelta(days=30)  # between the announcement of a new pair and its use
LOCK = 7_020_001


class SigningKey(Recorded):
    """A pair for each of the two signatures, of the whole installation: receivers know one key, not one a tenant."""

    NOUN = "signing_key"
    UNRECORDED = frozenset({"ed25519", "rsa"})

    id = IdField()
    ed25519 = models.TextField(editable=False)  # private, sealed PEM
    rsa = models.TextField(editable=False)
    ed25519_public = models.TextField(editable=False)
    rsa_public = models.TextField(editable=False)
    starts_at = models.DateTimeField(default=clock.now)
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        ordering = ["-starts_at", "-pk"]

    def __str__(self) -> str:
        return f"Key pair of {self.starts_at:%-d %B %Y}"

    @classmethod
    def tenant_filter(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def current(cls) -> Self:
        """The pair in use; made the first time it is asked for."""
        found = cls._in_use()
        if found is None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                found = cls._in_use() or cls.make(clock.now())
        return found

    @classmethod
    def _in_use(cls) -> Self | None:
        found: Self | None = cls.objects.filter(starts_at__lte=clock.now()).order_by("-starts_at", "-pk").first()
        return found

    @classmethod
    def next(cls) -> Self | None:
        """The announced pair, if any."""
        found: Self | None = cls.objects.filter(starts_at__gt=clock.now()).order_by("starts_at", "pk").first()
        return found

    @classmethod
    def announce(cls, starts_at: dt.datetime | None = None) -> Self:
        """Make the next pair, which everybody can see from now on and which signs from `starts_at`.

        Raises:
            Refused: one is announced already.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            if cls.next() is not None:
                raise Refused("A new key is announced already. It must be in use before the next one.")
            return cls.make(starts_at or clock.now() + NOTICE)

    @classmethod
    def make(cls, starts_at: dt.datetime) -> Self:
        """A new pair, stored sealed."""
        modern, legacy = Ed25519PrivateKey.generate(), generate_private_key(65537, BITS)
        sealed = [
            crypto.seal(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
            for key in (modern, legacy)
        ]
        public = [
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            for key in (modern, legacy)
        ]
        return cls.record_new(
            "signing_key.announced",
            facts={"starts_at": clock.iso(starts_at)},
            ed25519=sealed[0],
            rsa=sealed[1],
            ed25519_public=public[0],
            rsa_public=public[1],
            starts_at=starts_at,
        )

    @property
    def ed25519_raw(self) -> str:
        """The 32 bytes of the public key in base64, as some receivers want it."""
        return base64.b64encode(self.pair[0].public_key().public_bytes_raw()).decode()

    @property
    def pair(self) -> tuple[Ed25519PrivateKey, RSAPrivateKey]:
        """The private keys, opened."""
        return _opened(self.ed25519, self.rsa)


@lru_cache(maxsize=8)
def _opened(ed25519: str, rsa: str) -> tuple[Ed25519PrivateKey, RSAPrivateKey]:
    modern = load_pem_private_key(crypto.unseal(ed25519).encode(), None)
    legacy = load_pem_private_key(crypto.unseal(rsa).encode(), None)
    assert isinstance(modern, Ed25519PrivateKey) and isinstance(legacy, RSAPrivateKey)
    return modern, legacy
