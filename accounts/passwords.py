"""Setting a password: with the link of a mail, or by its owner. A hash is never in the journal."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import breaches, confirmation, known_browsers, lockout, reset_links, sessions, signing_in
from accounts.models import Company, PastPassword, User
from core import scope
from core.errors import Invalid
from journal.recorded import quietly
from journal.writing import write

REMEMBERED = 5  # passwords that may not come back
MIX = {
    "a capital letter": str.isupper,
    "a small letter": str.islower,
    "a digit": str.isdigit,
    "a symbol": lambda letter: not letter.isalnum(),
}


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
    confirmation.prove(user)
    sessions.end_others(user.pk)
    known_browsers.trust_none(user)
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
    """Check and store a password and write `verb`, which mails the owner. The last five are remembered.

    Raises:
        Invalid: the password is too weak; nothing is stored.
    """
    check(password, user)
    with quietly(reason="the entry below speaks for it"), transaction.atomic():
        if user.has_usable_password():
            PastPassword.objects.create(user=user, password=user.password)
            old = PastPassword.objects.filter(user=user).order_by("-at", "-pk").values_list("pk", flat=True)
            PastPassword.objects.filter(pk__in=list(old[REMEMBERED:])).delete()
        user.set_password(password)
        user.save(update_fields=["password"])
        write(verb, user)


def check(password: str, user: User | None = None) -> None:
    """Refuse a password that breaks the company's rules, that everybody knows, or that its owner had lately.

    Raises:
        Invalid: with all that is wrong with it, under `new`.
    """
    company = company_of(user)
    wrong = [*too_weak(password, company.password_length, company.password_mix)]
    if breaches.is_known(password):
        wrong.append("This password is on lists of stolen passwords, as it stands or with something added.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        wrong += error.messages
    if not wrong and user is not None and was_used(user, password):
        wrong.append(f"This is one of your last {REMEMBERED} passwords. Choose a new one.")
    if wrong:
        raise Invalid({"new": " ".join(wrong)})


def company_of(user: User | None) -> Company:
    """Whose rules hold: the user's company, else the one in scope, else a company as it is by default."""
    company_id = (user and user.company_id) or scope.current().company_id
    rows = Company.objects.everywhere(reason="a password may be set before anybody is signed in")
    return (company_id and rows.filter(pk=company_id).first()) or Company()


def too_weak(password: str, shortest: int, needs_mix: bool) -> list[str]:
    """What a password lacks, a sentence each."""
    found = []
    if len(password) < shortest:
        found.append(f"Use at least {shortest} characters.")
    if needs_mix:
        lacking = [words for words, has in MIX.items() if not any(has(letter) for letter in password)]
        if lacking:
            found.append(f"Add {listed(lacking)}.")
    return found


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def was_used(user: User, password: str) -> bool:
    """Whether it is the present password or one of the last five. Takes a hash's time for each."""
    if user.password and user.has_usable_password() and user.check_password(password):
        return True
    if user._state.adding:
        return False
    held = PastPassword.objects.filter(user=user).order_by("-at", "-pk")[:REMEMBERED]
    return any(check_password(password, row.password) for row in held)


def rules_in_words(company: Company) -> str:
    """What a new password must have, for the form that asks for it."""
    mix = ", with upper and lower case, a digit and a symbol" if company.password_mix else ""
    return f"At least {company.password_length} characters{mix}. A few words you can remember do well."
