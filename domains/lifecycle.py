"""The life of a domain as a table: from which state, by which event, to which state, told by which verb.

The database holds the same table: a trigger built from it refuses every other change of state (`domains/guards.py`).
"""

from __future__ import annotations

from typing import NamedTuple

PENDING_DNS, ISSUING_SSL, ACTIVE, FAILED, BROKEN = "pending_dns", "issuing_ssl", "active", "failed", "broken"
STATES = {
    PENDING_DNS: "Waiting for DNS",
    ISSUING_SSL: "Getting a certificate",
    ACTIVE: "Active",
    FAILED: "Failed",
    BROKEN: "Broken",
}
SERVED = frozenset({ACTIVE, BROKEN})  # visitors are answered
VERIFIED = frozenset({ISSUING_SSL, ACTIVE, BROKEN})  # a certificate may be had
UNDER_WAY = frozenset({PENDING_DNS, ISSUING_SSL})


class Move(NamedTuple):
    state: str
    event: str
    next: str
    verb: str


MOVES = [
    Move(PENDING_DNS, "record_right", ISSUING_SSL, "domain.verified"),
    Move(PENDING_DNS, "time_over", FAILED, "domain.failed"),
    Move(ISSUING_SSL, "certificate_issued", ACTIVE, "domain.activated"),
    Move(ISSUING_SSL, "certificate_refused", FAILED, "domain.failed"),
    Move(ACTIVE, "record_gone", BROKEN, "domain.broken"),
    Move(BROKEN, "record_back", ACTIVE, "domain.mended"),
    Move(FAILED, "tried_again", PENDING_DNS, "domain.tried_again"),
]
_BY_EVENT = {(move.state, move.event): move for move in MOVES}


def move(state: str, event: str) -> Move | None:
    """Where `event` leads from `state`, or None when it means nothing there."""
    return _BY_EVENT.get((state, event))
