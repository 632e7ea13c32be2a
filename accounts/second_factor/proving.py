"""A code of the second step: from the app or from paper, counted and throttled like a password."""

from __future__ import annotations

from django.http import HttpRequest

from accounts import lockout, throttling
from accounts.addresses import client_address
from accounts.models import User
from accounts.second_factor import authenticator, backup_codes
from core import scope
from core.errors import Refused
from journal.writing import write

WRONG = "That code is not right, or it was used already. Wait for the next one and try again."
LOCKED = "Too many wrong codes. Try again in {minutes} minute{s}."
THROTTLED = "Too many attempts from your network. Wait ten minutes and try again."


def check(request: HttpRequest, user: User, typed: str) -> str:
    """Use up a code of `user`: "authenticator" or "backup code", whichever it was.

    Raises:
        Refused: it is wrong or spent, or there were too many wrong ones.
        throttling.TooMany: the network has tried too often.
    """
    if throttling.count(request, "code", throttling.ATTEMPTS) or throttling.is_over(
        request, "wrong_password", throttling.FAILURES
    ):
        raise throttling.TooMany(THROTTLED)
    attempt = lockout.begin(user, lockout.CODES)
    if attempt.is_refused:
        throttling.count(request, "wrong_password", throttling.FAILURES)
        raise Refused(locked_sentence(attempt))
    code = "".join(typed.replace("-", "").split()).upper()
    with scope.use(company_id=user.company_id, via="ui"):
        how = (
            "authenticator"
            if authenticator.take(user, code)
            else "backup code"
            if backup_codes.take(user, code)
            else ""
        )
        if how:
            lockout.lift(user, lockout.CODES)
            return how
        throttling.count(request, "wrong_password", throttling.FAILURES)
        address = client_address(request)
        write("user.code_refused", user, facts={"address": address})
        if attempt.locks:
            write("user.locked", user, facts={"failures": attempt.failures, "address": address, "what": "codes"})
    raise Refused(locked_sentence(attempt) if attempt.locked_until else WRONG)


def locked_sentence(attempt: lockout.Attempt) -> str:
    minutes = lockout.minutes_left(attempt.locked_until)
    return LOCKED.format(minutes=minutes, s="" if minutes == 1 else "s")
