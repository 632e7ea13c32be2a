"""The link of a reset mail: it works once, for a day, and a newer one makes it stale."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from accounts.models import User
from core import clock
from core.errors import Refused
from journal.recorded import quietly

STALE = "This link has expired or was used already. Ask for a new one."


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that die with the password they replace, at a sign-in, after a day, and for a newer one."""

    key_salt = "accounts.reset_links.ResetTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        asked = user.reset_asked_at.isoformat() if user.reset_asked_at else ""
        return super()._make_hash_value(user, timestamp) + asked

    def _now(self) -> dt.datetime:
        return clock.now().replace(tzinfo=None)


tokens = ResetTokens()


def make(user: User) -> str:
    """The address that lets `user` set a password once within a day; earlier links stop working."""
    with quietly(reason="the time that makes earlier links stale"):
        user.reset_asked_at = clock.now()
        user.save(update_fields=["reset_asked_at"])
    return settings.BASE_URL + reverse("accounts:reset_confirm", args=[user.pk, tokens.make_token(user)])


def user_of(user_id: str, token: str, *, lock: bool = False) -> User:
    """The user of a link; with `lock` the row is held until the transaction ends.

    Raises:
        Refused: the link is wrong, used or older than a day.
    """
    rows = User.objects.everywhere(reason="a link from a mail names the user").filter(pk=user_id, is_active=True)
    user: User | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if user is None or not tokens.check_token(user, token):
        raise Refused(STALE)
    return user
