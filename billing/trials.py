"""Trials: fourteen days with a plan's features and lower limits, without a card."""

from __future__ import annotations

from accounts.models import Company
from billing import lifecycle, notices, terms
from billing.dates import after
from billing.holding import held
from billing.models import Plan, Subscription
from core import clock, scope
from core.errors import Refused


def start(company: Company, plan: Plan, *, had_trial: bool = False) -> Subscription:
    """Begin a company's trial. It ends exactly 14 x 24 hours later; nothing is charged.

    With `had_trial` its people had theirs elsewhere: the company is read-only at once and chooses a plan in thirty days.

    Raises:
        Refused: the company has a subscription already.
    """
    now = clock.now()
    with scope.use(company_id=company.pk):
        if Subscription.objects.exists():
            raise Refused("This company has had its trial.")
        if had_trial:
            row = Subscription.record_new(
                "subscription.trial_refused", company=company, plan=plan, state=lifecycle.TRIAL_EXPIRED, due_at=now,
                delete_after=now + after(terms.current()["trial"]["choice_days"]), facts={"plan": plan.name},
            )  # fmt: skip
            row.set_standing()
            return row
        ends = now + after(terms.current()["trial"]["days"])
        return Subscription.record_new(
            "subscription.trial_started", company=company, plan=plan, state=lifecycle.TRIALING, trial_started_at=now,
            trial_ends_at=ends, due_at=now, facts={"plan": plan.name},
        )  # fmt: skip


def change_plan(company_id: str, plan: Plan) -> None:
    """Try another plan: free, at once, and the end does not move.

    Raises:
        Refused: there is no trial under way.
    """
    with held(company_id) as row:
        if row.state != lifecycle.TRIALING:
            raise Refused("Only a trial can change its plan for nothing.")
        row.move_to(plan)


def extend(company_id: str) -> None:
    """An operator makes a trial longer, once, until thirty days after its end.

    Raises:
        Refused: it was extended before, or there is no trial to extend.
    """
    longer = after(terms.current()["trial"]["longer_days"])
    with held(company_id) as row:
        if row.state not in (lifecycle.TRIALING, lifecycle.TRIAL_EXPIRED) or row.trial_ends_at is None:
            raise Refused("There is no trial to extend.")
        if row.is_trial_extended:
            raise Refused("A trial is extended once only.")
        ends = max(row.trial_ends_at, clock.now()) + longer
        fields = {"trial_ends_at": ends, "is_trial_extended": True, "due_at": clock.now()}
        if row.state == lifecycle.TRIAL_EXPIRED:
            row.enter("trial_extended", delete_after=None, **fields)
        else:
            row.change("subscription.trial_extended", **fields)


def expire(company_id: str) -> None:
    """The trial is over: read-only, thirty days to choose a plan. Nothing happens before its time or a second time."""
    with held(company_id) as row:
        if row.state != lifecycle.TRIALING or row.trial_ends_at is None or clock.now() < row.trial_ends_at:
            return
        ends = row.trial_ends_at + after(terms.current()["trial"]["choice_days"])
        row.enter("trial_over", delete_after=ends)
        notices.tell(company_id, "trial_expired", str(row.trial_ends_at.date()), deletion=f"{ends:%d %B %Y}")


def end_at_once(company_id: str) -> None:
    """End a trial that turned out to be the second of its people: read-only, thirty days to choose a plan.

    Nothing happens to a company that is in no trial.
    """
    with held(company_id) as row:
        if row.state != lifecycle.TRIALING:
            return
        now = clock.now()
        ends = now + after(terms.current()["trial"]["choice_days"])
        row.enter("trial_over", trial_ends_at=now, delete_after=ends, due_at=now)
        notices.tell(company_id, "trial_expired", str(now.date()), deletion=f"{ends:%d %B %Y}")
