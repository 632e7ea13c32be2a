"""Mails that leave after the answer: asking for a reset takes the same time whether the address exists or not."""

from __future__ import annotations

import smtplib

from accounts import mails, reset_links
from accounts.models import User
from accounts.models.user import plain_email
from accounts.sessions import SessionStore
from core import scope
from core.tasks import task
from journal.writing import write

AGAIN = {"autoretry_for": (OSError, smtplib.SMTPException), "retry_backoff": True, "max_retries": 6}


@task(**AGAIN)
def send_reset(email: str) -> None:
    """Mail a reset link to whoever has this address; nobody, or somebody who was switched off, gets nothing."""
    user = (
        User.objects.everywhere(reason="whoever asks for a reset is not known yet")
        .filter(email=plain_email(email), is_active=True)
        .first()
    )
    if user is None:
        return
    mails.send(user, "reset", "Set a new password for HoopAI", link=reset_links.make(user))
    with scope.use(company_id=user.company_id):
        write("user.reset_asked", user)


@task(**AGAIN)
def send_welcome(user_id: str) -> None:
    """Mail a new person the link with which they set their first password."""
    user = User.objects.everywhere(reason="the task names the user").get(pk=user_id)
    mails.send(user, "welcome", "Welcome to HoopAI", link=reset_links.make(user))


@task
def clear_sessions() -> None:
    """Delete the sessions that have expired."""
    SessionStore.clear_expired()
