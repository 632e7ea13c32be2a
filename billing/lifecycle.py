"""The life of a company's subscription as a table: from which state, by which event, to which state, told by which verb.

The database holds the same table: a trigger built from it refuses every other change of state (`billing/guards.py`).
"""

from __future__ import annotations

from typing import NamedTuple

TRIALING, TRIAL_EXPIRED, ACTIVE = "trialing", "trial_expired", "active"
CANCEL_SCHEDULED, PAST_DUE, SUSPENDED = "cancel_scheduled", "past_due", "suspended"
CANCELLED, DELETING, DELETED = "cancelled", "deleting", "deleted"
STATES = {
    TRIALING: "Trial",
    TRIAL_EXPIRED: "Trial over",
    ACTIVE: "Active",
    CANCEL_SCHEDULED: "Ends soon",
    PAST_DUE: "Past due",
    SUSPENDED: "Suspended",
    CANCELLED: "Cancelled",
    DELETING: "Being deleted",
    DELETED: "Deleted",
}
HOLDS = ("none", "policy", "ban")
FULL = frozenset({TRIALING, ACTIVE, CANCEL_SCHEDULED, PAST_DUE})
READ_ONLY = frozenset({TRIAL_EXPIRED, SUSPENDED, CANCELLED})
PAYING = frozenset({ACTIVE, CANCEL_SCHEDULED, PAST_DUE})


class Move(NamedTuple):
    state: str
    event: str
    next: str
    verb: str


MOVES = [
    Move(TRIALING, "plan_paid", ACTIVE, "subscription.activated"),
    Move(TRIALING, "trial_over", TRIAL_EXPIRED, "subscription.trial_ended"),
    Move(TRIALING, "granted", ACTIVE, "subscription.granted"),
    Move(TRIAL_EXPIRED, "plan_paid", ACTIVE, "subscription.activated"),
    Move(TRIAL_EXPIRED, "trial_extended", TRIALING, "subscription.trial_extended"),
    Move(TRIAL_EXPIRED, "granted", ACTIVE, "subscription.granted"),
    Move(TRIAL_EXPIRED, "kept_long_enough", DELETING, "subscription.deleting"),
    Move(ACTIVE, "charge_failed", PAST_DUE, "subscription.past_due"),
    Move(ACTIVE, "cancel_confirmed", CANCEL_SCHEDULED, "subscription.cancel_scheduled"),
    Move(ACTIVE, "plan_paid", ACTIVE, "subscription.upgraded"),
    Move(ACTIVE, "period_over", ACTIVE, "subscription.renewed"),
    Move(ACTIVE, "granted", ACTIVE, "subscription.granted"),
    Move(CANCEL_SCHEDULED, "undone", ACTIVE, "subscription.cancel_undone"),
    Move(CANCEL_SCHEDULED, "plan_paid", ACTIVE, "subscription.upgraded"),
    Move(CANCEL_SCHEDULED, "granted", ACTIVE, "subscription.granted"),
    Move(CANCEL_SCHEDULED, "end_reached", CANCELLED, "subscription.cancelled"),
    Move(PAST_DUE, "invoices_paid", ACTIVE, "subscription.resumed"),
    Move(PAST_DUE, "granted", ACTIVE, "subscription.granted"),
    Move(PAST_DUE, "retries_exhausted", SUSPENDED, "subscription.suspended"),
    Move(PAST_DUE, "cancel_confirmed", CANCELLED, "subscription.cancelled"),
    Move(SUSPENDED, "invoices_paid", ACTIVE, "subscription.resumed"),
    Move(SUSPENDED, "granted", ACTIVE, "subscription.granted"),
    Move(SUSPENDED, "cancel_confirmed", CANCELLED, "subscription.cancelled"),
    Move(SUSPENDED, "kept_long_enough", DELETING, "subscription.deleting"),
    Move(CANCELLED, "plan_paid", ACTIVE, "subscription.activated"),
    Move(CANCELLED, "granted", ACTIVE, "subscription.granted"),
    Move(CANCELLED, "kept_long_enough", DELETING, "subscription.deleting"),
    *(
        Move(state, "ban_over", DELETING, "subscription.deleting")  # the time for a copy of the data is over
        for state in (TRIALING, TRIAL_EXPIRED, ACTIVE, CANCEL_SCHEDULED, PAST_DUE, SUSPENDED, CANCELLED)
    ),
    Move(DELETING, "purged", DELETED, "subscription.purged"),
]
_BY_EVENT = {(move.state, move.event): move for move in MOVES}


def move(state: str, event: str) -> Move | None:
    """Where `event` leads from `state`, or None when it means nothing there."""
    return _BY_EVENT.get((state, event))


# Invoices and attempts have smaller tables of the same kind: the pairs of states that may follow each other.
INVOICE_STATES = {
    "draft": "Draft",
    "open": "Open",
    "overdue": "Overdue",
    "paid": "Paid",
    "void": "Void",
    "uncollectible": "Uncollectible",
}
INVOICE_PAIRS = [
    ("draft", "open"),
    ("draft", "paid"),
    ("open", "paid"),
    ("open", "overdue"),
    ("open", "void"),
    ("overdue", "paid"),
    ("overdue", "void"),
    ("overdue", "uncollectible"),
    ("paid", "overdue"),  # a dispute that was lost
]
ATTEMPT_STATES = {
    "created": "Prepared",
    "processing": "In progress",
    "needs_action": "Waits for the bank",
    "unknown": "Result unknown",
    "succeeded": "Paid",
    "failed": "Declined",
}
FINAL = ("succeeded", "failed")
ATTEMPT_PAIRS = [
    ("created", "processing"),
    ("created", "failed"),
    ("processing", "succeeded"),
    ("processing", "failed"),
    ("processing", "needs_action"),
    ("processing", "unknown"),
    ("unknown", "succeeded"),
    ("unknown", "failed"),
    ("unknown", "needs_action"),
    ("needs_action", "processing"),
    ("needs_action", "succeeded"),
    ("needs_action", "failed"),
    ("needs_action", "unknown"),
    ("failed", "succeeded"),  # the gateway knows better, later: the money is taken
]
