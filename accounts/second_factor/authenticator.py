"""The authenticator app: a secret that both sides know, and a code every thirty seconds (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django_otp.oath import hotp

from accounts.models import Authenticator, User
from core import clock
from core.crypto import seal, unseal
from journal.writing import write

STEP = 30  # seconds
DRIFT = 1  # how many steps the phone's clock may be off, either way
DIGITS = 6
ISSUER = "HoopAI"


def new_key() -> str:
    """A fresh secret of 160 bits, as apps take it by hand: 32 letters and digits."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address(user: User, key: str) -> str:
    """What the QR code says: otpauth://totp/…"""
    return f"otpauth://totp/{quote(f'{ISSUER}:{user.email}')}?{urlencode({'secret': key, 'issuer': ISSUER})}"


def picture(user: User, key: str) -> str:
    """The QR code as a data: address of an SVG, dark on white whatever the theme."""
    made: str = segno.make(address(user, key), error="m").svg_data_uri(scale=5, border=3, dark="#111", light="#fff")
    return made


def matching_step(key: str, code: str, after: int = 0) -> int | None:
    """The step whose code this is, the present or a neighbouring one later than `after`; None when there is none."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    secret, present = base64.b32decode(key), int(clock.now().timestamp()) // STEP
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(f"{hotp(secret, step, DIGITS):0{DIGITS}d}", code) and step > after:
            found = step
    return found


@transaction.atomic
def put(user: User, key: str, code: str) -> bool:
    """Make this the person's authenticator, in place of an earlier one, if `code` proves that their app has it."""
    step = matching_step(key, code)
    if step is None:
        return False
    Authenticator.objects.update_or_create(
        user=user, defaults={"sealed": seal(key), "last_step": step, "added_at": clock.now(), "used_at": None}
    )
    write("user.authenticator_added", user)
    return True


def take(user: User, code: str) -> bool:
    """Use a code up: True once, and never again for this code or an earlier one."""
    held = Authenticator.objects.filter(user=user).first()
    step = matching_step(unseal(held.sealed), code, held.last_step) if held else None
    if step is None:
        return False
    spent = Authenticator.objects.filter(user=user, last_step__lt=step).update(last_step=step, used_at=clock.now())
    return spent == 1
