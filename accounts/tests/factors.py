"""Second steps for tests: set up through the verbs, codes computed as a phone would."""

from __future__ import annotations

import base64
import datetime as dt

from django.test import Client
from django.urls import reverse
from django_otp.oath import hotp

from accounts import signing_in
from accounts.models import User
from accounts.second_factor import authenticator, backup_codes
from accounts.tests.make import PASSWORD
from core import clock


def code_of(key: str, steps: int = 0) -> str:
    """What the app shows now, or so many steps of thirty seconds later."""
    step = int(clock.now().timestamp()) // authenticator.STEP + steps
    return f"{hotp(base64.b32decode(key), step, 6):06d}"


def enrol(user: User) -> tuple[str, list[str]]:
    """Give the person an authenticator, set up ten minutes ago, and backup codes. Returns its key and the codes."""
    key = authenticator.new_key()
    with signing_in.acting(user):
        with clock.moved(dt.timedelta(minutes=-10)):
            assert authenticator.put(user, key, code_of(key))
        return key, backup_codes.make(user)


def begin(user: User, client: Client | None = None, **extra: str) -> Client:
    """Type the password; the client waits for the second step, or is in."""
    client = client or Client()
    answer = client.post(reverse("accounts:sign_in"), {"email": user.email, "password": PASSWORD, **extra})
    assert answer.status_code == 302
    return client


def give(client: Client, code: str, **extra: str):
    """Type a code on the second page."""
    return client.post(reverse("accounts:second_step"), {"code": code, **extra})


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200
