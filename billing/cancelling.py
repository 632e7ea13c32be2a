"""Ending a subscription: at the end of the paid period, or at once where nothing is paid; and taking that back."""

from __future__ import annotations

from billing import add_ons, lifecycle, notices
from billing.dates import after, in_words
from billing.holding import held
from billing.models import Subscription
from core import clock
from core.errors import Invalid, Refused

REASONS = {
    "too_expensive": "It costs too much",
    "missing": "Something we need is missing",
    "too_hard": "It is too hard to use",
    "switching": "We move to another product",
    "closing": "The business closes or pauses",
    "other": "Something else",
}


def cancel(company_id: str, reason: str, comment: str = "") -> Subscription:
    """End the subscription: full access until the period ends. One that is late or suspended ends at once.

    Raises:
        Invalid: no reason was chosen.
        Refused: nothing can be cancelled in the present state.
    """
    if reason not in REASONS:
        raise Invalid({"reason": "Choose a reason."})
    with held(company_id) as row:
        fields = {"cancel_reason": reason, "cancel_comment": comment.strip()[:1000]}
        keep = after(row.plan.retention_days)
        if row.state in (lifecycle.PAST_DUE, lifecycle.SUSPENDED):
            until = clock.now() + keep
            if row.state == lifecycle.SUSPENDED and row.delete_after:
                until = min(row.delete_after, until)
            row.enter("cancel_confirmed", cancelled_at=clock.now(), delete_after=until, next_plan=None,
                      next_interval="", due_at=clock.now(), **fields)  # fmt: skip
            add_ons.end(row)
            _say_ended(row)
            return row
        if row.state != lifecycle.ACTIVE or not row.is_billed or row.period_end is None:
            raise Refused("There is no paid subscription to cancel. A trial ends by itself and costs nothing.")
        row.enter("cancel_confirmed", cancel_at=row.period_end, due_at=row.period_end, next_plan=None,
                  next_interval="", **fields)  # fmt: skip
        notices.tell(
            company_id, "cancel_confirmed", f"{clock.now():%Y-%m-%dT%H:%M:%S}", date=in_words(row.period_end),
            deletion=f"{row.period_end + keep:%d %B %Y}",
        )  # fmt: skip
        return row


def undo(company_id: str) -> Subscription:
    """Keep the subscription: free, and no date changes.

    Raises:
        Refused: it is not about to end, or has ended.
    """
    with held(company_id) as row:
        if row.state != lifecycle.CANCEL_SCHEDULED or row.cancel_at is None or clock.now() >= row.cancel_at:
            raise Refused("There is no cancellation to take back.")
        row.enter("undone", cancel_at=None, cancel_reason="", cancel_comment="", due_at=clock.now())
        notices.tell(company_id, "cancel_undone", f"{clock.now():%Y-%m-%dT%H:%M:%S}")
        return row


def end(company_id: str) -> None:
    """The paid period is over: read-only, for as long as the plan keeps data. Not before its time, and once."""
    with held(company_id) as row:
        if row.state != lifecycle.CANCEL_SCHEDULED or row.cancel_at is None or clock.now() < row.cancel_at:
            return
        row.enter(
            "end_reached", cancelled_at=row.cancel_at, delete_after=row.cancel_at + after(row.plan.retention_days)
        )
        add_ons.end(row)
        _say_ended(row)


def _say_ended(row: Subscription) -> None:
    assert row.delete_after is not None
    notices.tell(
        row.company_id, "cancelled", f"{row.cancelled_at:%Y-%m-%dT%H:%M}", deletion=f"{row.delete_after:%d %B %Y}"
    )
