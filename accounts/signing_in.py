"""Who is at the door: an e-mail and a password, counted, throttled and answered alike whoever asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts import lockout, throttling
from accounts.addresses import client_address
from accounts.models import User
from accounts.models.user import plain_email
from core import clock, scope
from core.errors import Refused
from core.scope import Actor
from journal.recorded import quietly
from journal.writing import write

BACKEND = "accounts.signing_in.EmailBackend"
WRONG = "That e-mail and password do not match."
LOCKED = "Too many wrong passwords. Try again in {minutes} minute{s}, or set a new password."
THROTTLED = "Too many attempts from your network. Wait ten minutes and try again."


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
        every = User.objects.everywhere(reason="the session names the user")
        found: User | None = every.filter(pk=user_id, is_active=True).first()
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
    elif user.check_password(password) and user.is_active:
        lockout.lift(user)
        return user
    throttling.count(request, "wrong_password", throttling.FAILURES)
    if user and attempt.locks:
        record_lock(request, user, attempt)
    raise Refused(locked_sentence(attempt) if attempt.locked_until else WRONG)


def locked_sentence(attempt: lockout.Attempt) -> str:
    minutes = lockout.minutes_left(attempt.locked_until)
    return LOCKED.format(minutes=minutes, s="" if minutes == 1 else "s")


def record_lock(request: HttpRequest, user: User, attempt: lockout.Attempt) -> None:
    """Write the lock down; a reader of the journal mails its owner."""
    with scope.use(company_id=user.company_id, via="ui"):
        write("user.locked", user, facts={"failures": attempt.failures, "address": client_address(request)})


def sign_in(request: HttpRequest, user: User) -> None:
    """Open a session for `user`: a new key, with the browser and the address it is used from."""
    login(request, user, backend=BACKEND)
    request.session["address"] = client_address(request) or None
    request.session["browser"] = request.headers.get("User-Agent", "")[:300]
    request.session["started_at"] = clock.iso(clock.now())
    with quietly(reason="the sign-in itself is the news"):
        every = User.objects.everywhere(reason="signing in happens before any company is known")
        every.filter(pk=user.pk).update(last_login=clock.now())
    with acting(user):
        write("user.signed_in", user, facts={"address": request.session["address"]})


def sign_out(request: HttpRequest) -> None:
    """End this session; harmless when there is none."""
    if isinstance(request.user, User):
        with acting(request.user):
            write("user.signed_out", request.user)
    logout(request)


def acting(user: User) -> Any:
    """The scope of a person outside any location: for what they do to their own account."""
    return scope.use(company_id=user.company_id, actor=Actor(user.pk, user.name, "user"), via="ui")
