"""Ten codes to keep on paper. Each works once; a new set makes the old one worthless."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.db import transaction

from accounts.models import BackupCode, User
from core import clock
from journal.writing import write

COUNT = 10
LENGTH = 10
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that look like another
FEW = 2  # so many left are worth a mail


@transaction.atomic
def make(user: User) -> list[str]:
    """A new set, the only time it can be read. Codes of an earlier set stop working."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(COUNT)]
    BackupCode.objects.filter(user=user).delete()
    BackupCode.objects.bulk_create([BackupCode(user=user, digest=digests(user, code)[0]) for code in codes])
    write("user.backup_codes_made", user, facts={"count": COUNT})
    return codes


def left(user: User) -> int:
    """How many codes still work."""
    return BackupCode.objects.filter(user=user, used_at=None).count()


@transaction.atomic
def take(user: User, code: str) -> bool:
    """Use a code up: True once, whoever comes first."""
    if len(code) != LENGTH:
        return False
    rows = BackupCode.objects.filter(user=user, digest__in=digests(user, code), used_at=None)
    if not rows.update(used_at=clock.now()):
        return False
    write("user.backup_code_used", user, facts={"left": left(user)})
    return True


def digests(user: User, code: str) -> list[str]:
    """The code's keyed hash; further ones are those of older SECRET_KEYs."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    text = f"{user.pk}:{code}".encode()
    return [
        hmac.new(hashlib.blake2b(key.encode(), person=b"hoopai-backup").digest(), text, "sha256").hexdigest()
        for key in keys
    ]
