"""Setting a password: with the link of a mail, or by its owner. A hash is never in the journal."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import lockout, reset_links, sessions, signing_in
from accounts.models import User
from core.errors import Invalid
from journal.recorded import quietly
from journal.writing import write


@transaction.atomic
def reset(user_id: str, token: str, password: str) -> User:
    """Use a reset link: the password is set, any lock is lifted and every session ends.

    Raises:
        Refused: the link is stale. Invalid: the password is too weak.
    """
    user = reset_links.user_of(user_id, token, lock=True)
    with signing_in.acting(user):
        keep(user, password, "user.password_reset")
    lockout.lift(user)
    sessions.end_others(user.pk)
    return user


@transaction.atomic
def change(user: User, old: str, new: str, keep_session: str | None) -> None:
    """Replace one's own password; the other sessions end.

    Raises:
        Invalid: `old` is wrong or `new` too weak.
    """
    user.lock()
    if not user.check_password(old):
        raise Invalid({"old": "That is not your present password."})
    keep(user, new, "user.password_changed")
    sessions.end_others(user.pk, keep_session)


def keep(user: User, password: str, verb: str) -> None:
    """Check and store a password and write `verb`, which mails the owner.

    Raises:
        Invalid: the password is too weak; nothing is stored.
    """
    check(password, user)
    with quietly(reason="the entry below speaks for it"):
        user.set_password(password)
        user.save(update_fields=["password"])
        write(verb, user)


def check(password: str, user: User | None = None) -> None:
    """Refuse a password that is short, common, or too like its owner's name.

    Raises:
        Invalid: with all that is wrong with it, under `new`.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"new": " ".join(error.messages)}) from error
