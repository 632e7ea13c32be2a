"""The link that confirms the address somebody signed up with: good for a day and one use; a newer one makes it stale."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from accounts.models import User
from core import clock, scope
from core.errors import Refused

STALE = "This link has expired or was used already. Sign in and ask for a new one."


class ConfirmationTokens(PasswordResetTokenGenerator):
    """Tokens that die with their use, with another address, after a day, and for a newer one."""

    key_salt = "accounts.confirmation_links.ConfirmationTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        asked = user.confirmation_asked_at.isoformat() if user.confirmation_asked_at else ""
        done = user.confirmed_at.isoformat() if user.confirmed_at else ""
        return f"{user.pk} {user.email} {asked} {done} {timestamp}"

    def _now(self) -> dt.datetime:
        return clock.now().replace(tzinfo=None)


tokens = ConfirmationTokens()


def link_of(user: User) -> str:
    """The address in the mail."""
    with scope.use(company_id=user.company_id):
        token = tokens.make_token(user)
    return settings.BASE_URL + reverse("confirm_email", args=[user.pk, token])


def user_of(user_id: str, token: str, *, lock: bool = False) -> User:
    """The user of a link; with `lock` the row is held until the transaction ends.

    Raises:
        Refused: the link is wrong, used or older than a day.
    """
    rows = User.objects.everywhere(reason="a link from a mail names the user").filter(pk=user_id, is_active=True)
    user: User | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if user is None:
        raise Refused(STALE)
    with scope.use(company_id=user.company_id):
        if not tokens.check_token(user, token):
            raise Refused(STALE)
    return user
