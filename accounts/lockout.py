"""Five wrong passwords lock a sign-in for fifteen minutes; each further attempt restarts them, up to thirty in all.

Wrong codes of the second step have a count of their own, with the same rules.

An attempt is counted before its password is looked at, by one conditional UPDATE, so that a thousand attempts at once
get no more than five looks. The right password takes the count back.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Least

from accounts.models import User
from accounts.throttling import remember, remembered
from core import clock
from core.crypto import digest
from journal.recorded import quietly

FORGOTTEN_AFTER = dt.timedelta(hours=24)
PASSWORDS, CODES = "", "code_"  # what the columns of the two counts begin with


@dataclass(frozen=True)
class Attempt:
    """What counting an attempt came to."""

    is_refused: bool  # locked: the password must not be looked at
    locks: bool  # a wrong password now begins a lock
    locked_until: dt.datetime | None
    failures: int = 0


def minutes_left(until: dt.datetime | None) -> int:
    """Whole minutes until a lock ends, at least 1."""
    return max(1, math.ceil((until - clock.now()).total_seconds() / 60)) if until else 1


def is_locked(user: User) -> bool:
    """Whether the sign-in is locked, by wrong passwords or by wrong codes of the second step."""
    return any(until is not None and until > clock.now() for until in (user.locked_until, user.code_locked_until))


def begin(user: User, of: str = PASSWORDS) -> Attempt:
    """Count an attempt to sign in as `user`, or prolong the lock that stands.

    Args:
        of: which count: PASSWORDS, or CODES of the second step. Each locks on its own.
    """
    now, rows = clock.now(), _row(user)
    failures, failed_at, since, until = (
        f"{of}{name}" for name in ("failures", "failed_at", "locked_since", "locked_until")
    )
    starts_again = Q(**{f"{until}__lte": now}) | Q(**{until: None, f"{failed_at}__lt": now - FORGOTTEN_AFTER})
    reaches = Q(**{f"{failures}__gte": settings.LOCKOUT_AFTER - 1})
    with quietly(reason="attempts are counted; only a lock is news"):
        counted = rows.filter(Q(**{until: None}) | Q(**{f"{until}__lte": now})).update(
            **{
                failures: Case(When(starts_again, then=Value(1)), default=F(failures) + 1),
                failed_at: now,
                since: Case(When(starts_again, then=None), When(reaches, then=Value(now)), default=None),
                until: Case(
                    When(starts_again, then=None), When(reaches, then=Value(now + settings.LOCKOUT_FOR)), default=None
                ),
            }
        )
        if not counted:
            rows.filter(**{f"{until}__gt": now}).update(
                **{
                    failures: F(failures) + 1,
                    failed_at: now,
                    until: Least(Value(now + settings.LOCKOUT_FOR), F(since) + Value(settings.LOCKOUT_AT_MOST)),
                }
            )
    held = rows.values(failures, since, until).get()
    return Attempt(not counted, bool(counted and held[since] == now), held[until], held[failures])


def lift(user: User, *of: str) -> None:
    """Forget failures and end any lock: the person proved who they are, or an admin vouches. Without `of` both."""
    with quietly(reason="the end of a count"):
        for prefix in of or (PASSWORDS, CODES):
            _row(user).update(
                **{
                    f"{prefix}failures": 0,
                    f"{prefix}failed_at": None,
                    f"{prefix}locked_since": None,
                    f"{prefix}locked_until": None,
                }
            )


def begin_unknown(email: str) -> Attempt:
    """The same for an address nobody has, kept in the cache: what a stranger sees must not tell which one exists."""
    now, key = clock.now(), f"lockout:{digest(email)}"
    note = remembered(key)
    since = dt.datetime.fromisoformat(note["since"]) if note.get("since") else None
    until = dt.datetime.fromisoformat(note["until"]) if note.get("until") else None
    failures = int(note.get("failures", 0))
    if until and until <= now:
        since, until, failures = None, None, 0
    is_refused = until is not None
    failures += 1
    if is_refused and since:
        until = min(now + settings.LOCKOUT_FOR, since + settings.LOCKOUT_AT_MOST)
    elif failures >= settings.LOCKOUT_AFTER:
        since, until = now, now + settings.LOCKOUT_FOR
    kept = {
        "failures": str(failures),
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
    }
    remember(key, kept, int(FORGOTTEN_AFTER.total_seconds()))
    return Attempt(is_refused, locks=False, locked_until=until, failures=failures)


def _row(user: User) -> QuerySet[User]:
    found: QuerySet[User] = User.objects.everywhere(reason="signing in happens before any company is known").filter(
        pk=user.pk
    )
    return found
