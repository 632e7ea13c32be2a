"""Confirming the address somebody signed up with, and what an account has to wait with until then."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import confirmation_links
from accounts.models import Company, User
from accounts.tasks import send_confirmation
from core import clock, scope
from core.errors import Refused
from journal.recorded import quietly

EVERY = dt.timedelta(minutes=1)  # between two mails


class Unconfirmed(Refused):
    """The account's owner has not confirmed their address."""

    status = 403
    code = "email_unconfirmed"


def is_waiting(user: User) -> bool:
    """Whether the person signed up and has not confirmed their address. Invited people prove theirs by the link."""
    return user.confirmation_asked_at is not None and user.confirmed_at is None


def required() -> None:
    """Refuse what has to wait until the owner of the company in scope has confirmed their address: inviting people,
    sending anything outward, credentials of the API. One query; call it where such a thing is made.

    Raises:
        Unconfirmed: it is not confirmed.
    """
    rows = Company.objects.everywhere(reason="the scope names the company").filter(pk=scope.current().company_id)
    if rows.filter(owner__confirmation_asked_at__isnull=False, owner__confirmed_at=None).exists():
        raise Unconfirmed("The owner of this account has to confirm their e-mail address first. The link is in a mail.")


@transaction.atomic
def ask(user: User) -> None:
    """Mail a new link after commit; earlier ones stop working.

    Raises:
        Refused: the address is confirmed, or the last mail left less than a minute ago.
    """
    user.lock()
    if user.confirmed_at is not None:
        raise Refused("This address is confirmed already.")
    with scope.use(company_id=user.company_id), quietly(reason="the time that makes earlier links stale"):
        now = clock.now()
        if user.confirmation_asked_at is not None and now - user.confirmation_asked_at < EVERY:
            raise Refused("A mail left less than a minute ago. Look for it, or try again in a minute.")
        user.confirmation_asked_at = now
        user.save(update_fields=["confirmation_asked_at"])
        send_confirmation.apply_async([user.pk])


@transaction.atomic
def confirm(user_id: str, token: str) -> User:
    """Use a link.

    Raises:
        Refused: it is stale.
    """
    user = confirmation_links.user_of(user_id, token, lock=True)
    prove(user)
    return user


def prove(user: User) -> None:
    """A link from a mail to this address was used: it is theirs. Does nothing for whoever did not have to confirm."""
    if is_waiting(user):
        with scope.use(company_id=user.company_id, actor=scope.Actor(user.pk, user.name, "user")):
            user.change("user.confirmed", confirmed_at=clock.now())
