"""Who is at the door: an e-mail and a password, counted, throttled and answered alike whoever asks."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts import hipaa, lockout, standing, throttling
from accounts.addresses import client_address
from accounts.models import User
from accounts.models.user import plain_email
from accounts.sso import state
from core import clock, scope
from core.errors import Refused
from core.prepared import Prepared
from core.scope import Actor
from journal.recorded import quietly
from journal.writing import write

BACKEND = "accounts.signing_in.EmailBackend"
WRONG = "That e-mail and password do not match."
LOCKED = "Too many wrong passwords. Try again in {minutes} minute{s}, or set a new password."
SWITCHED_OFF = "Your access was switched off by an administrator."
CANCELLED = "This account was cancelled. Its administrators can still sign in, and bring it back."
BANNED = "This account was closed for good."
SINGLE_SIGN_ON = "Your company signs in through its identity provider: use single sign-on."
HALF = "half_signed_in"
HALF_FOR = dt.timedelta(minutes=10)
THROTTLED = "Too many attempts from your network. Wait ten minutes and try again."


SIGNED_IN = Prepared(
    lambda pk: User.objects.everywhere(reason="the session names the user").filter(pk=pk, is_active=True)
)


class EmailBackend(BaseBackend):
    """E-mail and password. Everything that signs in passes through `identify`, so nothing passes by the lockout."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if request is None or username is None or password is None:
            return None
        try:
            return identify(request, username, password)
        except Refused:
            return None

    def get_user(self, user_id: str) -> User | None:
        """The user of a session; people who were switched off have none."""
        found: User | None = SIGNED_IN.first(user_id)
        return found


def identify(request: HttpRequest, email: str, password: str) -> User:
    """The user whom `email` and `password` name.

    Raises:
        Refused: they do not match, or the sign-in is locked; the sentences are the same for addresses nobody has.
        throttling.TooMany: the network has tried too often.
    """
    if throttling.count(request, "sign_in", throttling.ATTEMPTS) or throttling.is_over(
        request, "wrong_password", throttling.FAILURES
    ):
        raise throttling.TooMany(THROTTLED)
    email = plain_email(email)
    user = User.objects.everywhere(reason="signing in happens before any company is known").filter(email=email).first()
    attempt = lockout.begin(user) if user else lockout.begin_unknown(email)
    if attempt.is_refused:
        throttling.count(request, "wrong_password", throttling.FAILURES)
        raise Refused(locked_sentence(attempt))
    if user is None:
        User().set_password(password)  # takes as long as a comparison
    elif user.check_password(password):
        if not user.is_active:
            raise Refused(SWITCHED_OFF)
        check_open(user)
        lockout.lift(user, lockout.PASSWORDS)
        return user
    throttling.count(request, "wrong_password", throttling.FAILURES)
    if user:
        record_failure(request, user, attempt)
    raise Refused(locked_sentence(attempt) if attempt.locked_until else WRONG)


def check_open(user: User, how: str = "") -> None:
    """Refuse whom a ban, the end of their company's subscription, or its identity provider leaves outside.

    Args:
        how: as of `sign_in`.

    Raises:
        Refused: the company is banned, they are no admin there, or there is another door for them.
    """
    why = standing.shuts_out(user)
    if why:
        raise Refused(BANNED if why == standing.BANNED else CANCELLED)
    if how != state.HOW and state.is_enforced_for(user):
        raise Refused(SINGLE_SIGN_ON)


def locked_sentence(attempt: lockout.Attempt) -> str:
    minutes = lockout.minutes_left(attempt.locked_until)
    return LOCKED.format(minutes=minutes, s="" if minutes == 1 else "s")


def record_failure(request: HttpRequest, user: User, attempt: lockout.Attempt) -> None:
    """Write down a wrong password, and the lock it led to: a reader of the journal mails its owner."""
    address = client_address(request)
    with scope.use(company_id=user.company_id, via="ui"):
        write("user.sign_in_failed", user, facts={"address": address})
        if attempt.locks:
            write("user.locked", user, facts={"failures": attempt.failures, "address": address, "what": "passwords"})


def half(request: HttpRequest, user: User) -> None:
    """The password was right and a second step is due: remember for ten minutes whose it is. Nobody is signed in."""
    request.session.cycle_key()
    request.session[HALF] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": (clock.now() + HALF_FOR).isoformat(),
    }


def half_of(request: HttpRequest) -> User | None:
    """Who has given the right password here and still owes the second step."""
    note = request.session.get(HALF)
    if not note or dt.datetime.fromisoformat(note["until"]) < clock.now():
        return None
    every = User.objects.everywhere(reason="the first step of signing in named the user")
    user: User | None = every.filter(pk=note["user"], is_active=True).first()
    if user is None or not hmac.compare_digest(user.get_session_auth_hash(), note["hash"]):
        return None
    return user


def sign_in(request: HttpRequest, user: User, how: str = "") -> None:
    """Open a session for `user`: a new key, with the browser and the address it is used from.

    Args:
        how: the second step they took ("authenticator", "backup code", "passkey", "trusted browser",
            "single sign-on"), "" for none.

    Raises:
        Refused: as `check_open` says.
    """
    check_open(user, how)
    request.session.pop(HALF, None)
    login(request, user, backend=BACKEND)
    request.session["second_step"] = how
    request.session["kind"] = session_kind(user, how)
    request.session["confirmed_at"] = clock.now_for_all().isoformat()
    request.session["address"] = client_address(request) or None
    request.session["browser"] = request.headers.get("User-Agent", "")[:300]
    request.session["started_at"] = clock.iso(clock.now())
    with quietly(reason="the sign-in itself is the news"):
        every = User.objects.everywhere(reason="signing in happens before any company is known")
        every.filter(pk=user.pk).update(last_login=clock.now())
    with acting(user):
        write(
            "user.signed_in",
            user,
            facts={"address": request.session["address"], "browser": request.session["browser"], "second_step": how},
        )


def session_kind(user: User, how: str) -> str:
    """How long the session may last: which of settings.SESSION_LIVES it has. The strictest rule decides."""
    if user.is_staff:
        return "operator"
    if hipaa.covers(user):
        return hipaa.SESSIONS
    return "provider" if how == state.HOW else "person"


def sign_out(request: HttpRequest) -> None:
    """End this session; harmless when there is none."""
    if isinstance(request.user, User):
        with acting(request.user):
            write("user.signed_out", request.user)
    logout(request)


def acting(user: User) -> Any:
    """The scope of a person outside any location: for what they do to their own account."""
    return scope.use(company_id=user.company_id, actor=Actor(user.pk, user.name, "user"), via="ui")
