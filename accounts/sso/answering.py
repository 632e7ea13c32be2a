"""The way back: an answer is taken once and redeemed once, by the browser that began the attempt.

Providers send people back by a POST from another site, with which browsers send no session cookie. So the answer is
taken without one; the browser then follows with a ticket, and the two together let in. The ticket shows that it is the
browser that came from the provider, the session that it is the one that began: nobody can be signed in by stealth.
"""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.models import SignOnAttempt, SingleSignOn, User
from accounts.sso import reading, state
from accounts.sso.asking import ATTEMPT, LASTS
from core import clock, scope
from core.crypto import digest
from core.errors import Forbidden, Refused
from journal.writing import write

NOT_BEGUN = "This sign-in was not begun here, took longer than five minutes, or was used already. Start it from HoopAI."
NOT_ACCEPTED = (
    "The answer of your identity provider was not accepted. Try again; "
    "an admin finds the reason under Settings, Security, Single sign-on."
)
NOBODY = "Nobody at your company has the e-mail {email} in HoopAI. Ask an admin to invite you."
SWITCHED_OFF = "Your access was switched off by an administrator."
ANOTHER = "Your identity provider named somebody else than you are signed in as."
NOT_ASKED = "Your identity provider did not ask you again who you are."


def take(answer: str, relay: str) -> str:
    """Take a provider's answer to an attempt and return the ticket with which the browser goes on.

    Args:
        answer, relay: SAMLResponse and RelayState, as posted.

    Raises:
        Refused: nobody here waits for it, or it is not what it has to be. An attempt has one answer, good or bad.
        Forbidden: it is right, but names nobody of the company who may sign in.
    """
    attempt = _claim(relay)
    held = state.of(attempt.company_id)
    if held is None:
        raise Refused(NOT_BEGUN)
    try:
        said = reading.verified(held, attempt.request, answer)
        if attempt.is_confirming and said.authenticated_at < attempt.made_at - reading.SKEW:
            raise reading.NotAccepted(NOT_ASKED)
        _keep_once(attempt, said.id)
    except reading.NotAccepted as error:
        _note_refusal(held, str(error))
        raise Refused(NOT_ACCEPTED) from error
    user = _person(held, said.email)
    ticket = secrets.token_urlsafe(32)
    _rows().filter(pk=attempt.pk).update(user=user, ticket=digest(ticket))
    return ticket


def redeem(request: HttpRequest, ticket: str) -> tuple[SignOnAttempt, User]:
    """The attempt of this browser whose answer named a person, and the person. Works once.

    Raises:
        Refused: the browser began no such attempt, or took too long. Forbidden: the person may not come in.
    """
    key = request.session.get(ATTEMPT, "")
    rows = _rows().filter(pk=key, ticket=digest(ticket), made_at__gt=clock.now_for_all() - LASTS)
    attempt = rows.first() if key and ticket else None
    if attempt is None or not rows.update(ticket=""):
        raise Refused(NOT_BEGUN)
    request.session.pop(ATTEMPT, None)
    held, every = state.of(attempt.company_id), User.objects.everywhere(reason="the attempt names the user")
    user = every.filter(pk=attempt.user_id, company_id=attempt.company_id, is_staff=False).first()
    if held is None or user is None:
        raise Refused(NOT_BEGUN)
    if not user.is_active:
        raise Forbidden(SWITCHED_OFF)
    if attempt.is_confirming and request.user.pk != user.pk:
        raise Forbidden(ANOTHER)
    if held.proved_at is None:
        with scope.use(company_id=held.company_id):
            held.change(proved_at=clock.now_for_all())
    return attempt, user


def forget_old() -> int:
    """Delete the attempts nobody can answer any more. Returns how many.

    A day is far more than enough: an assertion that comes again also needs an attempt that waits for it.
    """
    return int(_rows().filter(made_at__lt=clock.now_for_all() - LASTS * 288).delete()[0])


def _rows():  # type: ignore[no-untyped-def]
    return SignOnAttempt.objects.everywhere(reason="the browser is not signed in; a secret names the row")


def _claim(relay: str) -> SignOnAttempt:
    """The attempt that waits for this answer; from now on it waits no more."""
    now = clock.now_for_all()
    rows = _rows().filter(relay=digest(relay), answered_at=None, made_at__gt=now - LASTS)
    found: SignOnAttempt | None = rows.first()
    if found is None or not rows.update(answered_at=now):
        raise Refused(NOT_BEGUN)
    return found


def _keep_once(attempt: SignOnAttempt, assertion: str) -> None:
    """Note the assertion.

    Raises:
        NotAccepted: it has let somebody in before.
    """
    try:
        with transaction.atomic():
            _rows().filter(pk=attempt.pk).update(assertion=assertion)
    except IntegrityError as error:
        raise reading.NotAccepted("The assertion was used before.") from error


def _person(held: SingleSignOn, email: str) -> User:
    """Whom the provider named, among the company's own people.

    Raises:
        Forbidden: nobody there has the address, or they were switched off.
    """
    rows = User.objects.everywhere(reason="the company is named")
    user: User | None = rows.filter(company_id=held.company_id, email=email, is_staff=False, deleted_at=None).first()
    if user is None:
        _note_refusal(held, f"nobody has the address {email}")
        raise Forbidden(NOBODY.format(email=email))
    if not user.is_active:
        raise Forbidden(SWITCHED_OFF)
    return user


def _note_refusal(held: SingleSignOn, reason: str) -> None:
    with scope.use(company_id=held.company_id, via="ui"):
        write("single_sign_on.refused", held, facts={"reason": reason})
