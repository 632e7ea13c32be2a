"""What a company may do at present: everything, read only, or nothing. Verbs, the API and jobs ask here.

A company on hold is read-only for verbs and jobs; people reach the notice page alone, programs nothing.

The level follows from the company's subscription, which an app above knows. It reaches the doors with the row of the
location, so that asking costs nothing there; elsewhere the first question of a scope costs one query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from core import scope
from core.errors import Forbidden

FULL, READ_ONLY, HELD, NONE = "full", "read_only", "held", "none"
LEVELS = [(FULL, "Everything"), (READ_ONLY, "Read only"), (HELD, "The notice page"), (NONE, "Nothing")]
SHUT = frozenset({HELD, NONE})  # nothing is read either
WHY = {
    "trial_expired": "The trial is over.",
    "suspended": "The account is suspended because a payment is overdue.",
    "cancelled": "The subscription has ended.",
    "deleting": "The account is being deleted.",
    "policy": "The account is on hold. Support can say why.",
    "ban": "The account was closed.",
}


@dataclass(frozen=True)
class Standing:
    """A level, why (a key of WHY, or empty) and when the data will be deleted."""

    level: str = FULL
    reason: str = ""
    delete_after: dt.datetime | None = None

    @property
    def sentence(self) -> str:
        return WHY.get(self.reason, "")


class AccountReadOnly(Forbidden):
    """Nothing may be written now; nothing was."""

    code = "account_read_only"


class AccountOnHold(AccountReadOnly):
    """The account was stopped: nothing may be read or written from outside; nothing was."""

    code = "account_on_hold"


_asked: Callable[[str], Standing] | None = None


def learn_from(function: Callable[[str], Standing]) -> None:
    """Name the function that reads the standing of a company, by its id."""
    global _asked
    _asked = function


def know(company_id: str, level: str) -> None:
    """Remember, for as long as the scope lasts, a level that was read with something else."""
    scope.current().memo[company_id] = level


def standing() -> Standing:
    """The standing of the company in scope; everything is allowed where there is none. One query."""
    company_id = scope.current().company_id
    return _asked(company_id) if company_id and _asked else Standing()


def level() -> str:
    """The level of the company in scope, asked for once a scope."""
    now = scope.current()
    if not now.company_id:
        return FULL
    if now.company_id not in now.memo:
        now.memo[now.company_id] = standing().level
    held: str = now.memo[now.company_id]
    return held


def is_full() -> bool:
    """Whether the company in scope may write."""
    return level() == FULL


def is_shut() -> bool:
    """Whether the company in scope may not even read: it is on hold, banned or being deleted."""
    return level() in SHUT


def refusal() -> AccountReadOnly:
    """What a writer is told: why, and until when the data is kept; of one that is shut only that it is."""
    now = standing()
    if now.level in SHUT:
        return AccountOnHold(now.sentence, reason=now.reason)
    date = now.delete_after
    kept = f" Data is kept until {date:%-d %B %Y}." if date else ""
    return AccountReadOnly(
        f"{now.sentence} It can be read, not changed.{kept}".strip(),
        reason=now.reason,
        deleteAfter=date.isoformat() if date else None,
    )
