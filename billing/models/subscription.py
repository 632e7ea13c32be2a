from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q

from accounts import standing
from accounts.models import Company
from billing import lifecycle, terms
from billing.models.plan import AddOn, Plan
from core import clock
from core.errors import Refused
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager, locked

INTERVALS = {"month": "Monthly", "year": "Annual"}


class Subscription(CompanyModel, Recorded):
    """What a company has taken, and where it stands in its life. A company without one is limited by nothing: the
    installation is its own. One that an operator granted (`is_billed` false) has no periods and is charged nothing."""

    NOUN = "subscription"
    UNRECORDED = frozenset({"date_updated", "due_at", "extras"})

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    overrides = models.JSONField(default=dict, blank=True)  # {limit: number, or null for none}
    extras = models.JSONField(default=dict, blank=True, editable=False)  # {limit: number}: what its add-ons add
    state = models.CharField(max_length=20, default=lifecycle.ACTIVE, choices=list(lifecycle.STATES.items()))
    hold = models.CharField(max_length=10, default="none", choices=[(hold, hold) for hold in lifecycle.HOLDS])
    is_billed = models.BooleanField(default=False)
    is_kept = models.BooleanField(default=False)  # legal hold: never deleted by the clock
    interval = models.CharField(max_length=5, default="month", choices=list(INTERVALS.items()))
    anchor_at = models.DateTimeField(null=True, blank=True)  # its day and time of day begin every period
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    next_plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", null=True, blank=True)  # from period_end on
    next_interval = models.CharField(max_length=5, blank=True, default="", choices=list(INTERVALS.items()))
    trial_started_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    is_trial_extended = models.BooleanField(default=False)
    past_due_since = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=40, blank=True, default="")
    cancel_comment = models.CharField(max_length=1000, blank=True, default="")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    delete_after = models.DateTimeField(null=True, blank=True)
    credit_cents = models.PositiveBigIntegerField(default=0)  # used by the next invoices
    due_at = models.DateTimeField(null=True, blank=True)  # when the clock has to look at it next, in the company's time
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_subscription_a_company"),
            models.CheckConstraint(condition=Q(state__in=list(lifecycle.STATES)), name="subscription_state"),
            models.CheckConstraint(condition=Q(hold__in=lifecycle.HOLDS), name="subscription_hold"),
            models.CheckConstraint(condition=Q(interval__in=list(INTERVALS)), name="subscription_interval"),
            models.CheckConstraint(
                condition=~Q(state=lifecycle.TRIALING) | Q(trial_ends_at__isnull=False), name="trial_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(is_billed=False)
                | Q(anchor_at__isnull=False, period_start__isnull=False, period_end__gt=models.F("period_start")),
                name="billed_has_a_period",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[lifecycle.PAST_DUE, lifecycle.SUSPENDED]) | Q(past_due_since__isnull=False),
                name="past_due_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=lifecycle.CANCEL_SCHEDULED) | Q(cancel_at__isnull=False), name="cancelled_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(lifecycle.READ_ONLY)) | Q(delete_after__isnull=False),
                name="read_only_until_when",
            ),
            models.CheckConstraint(
                condition=Q(next_plan__isnull=True, next_interval="")
                | Q(next_plan__isnull=False, next_interval__in=list(INTERVALS)),
                name="next_plan_and_interval",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="subscription_due")]

    def __str__(self) -> str:
        return str(self.plan)

    @property
    def limits(self) -> dict[str, int | None]:
        """The effective limits: the plan's, in a trial the lower of it and the trial's; an operator's own figure in
        place of either; and what the add-ons add to whichever holds."""
        limits: dict[str, int | None] = dict(self.plan.limits)
        if self.state in (lifecycle.TRIALING, lifecycle.TRIAL_EXPIRED):
            for name, most in terms.current()["trial"]["limits"].items():
                held = limits.get(name)
                limits[name] = most if held is None else min(held, most)
        limits |= self.overrides
        for name, more in self.extras.items():
            held = limits.get(name)
            if held is not None:
                limits[name] = held + more
        return limits

    @property
    def access(self) -> str:
        """full, read_only, held or none: the stricter of state and hold."""
        if self.hold == "ban" or self.state in (lifecycle.DELETING, lifecycle.DELETED):
            return "none"
        if self.hold == "policy":
            return "held"
        if self.state in lifecycle.READ_ONLY:
            return "read_only"
        return "full"

    @property
    def price_cents(self) -> int:
        """What a period of the plan costs, without add-ons."""
        return self.plan.price_cents(self.interval)

    @locked
    def move_to(self, plan: Plan) -> None:
        """Put the company on another plan at once. Counting starts afresh, from what is there."""
        facts = {"plan": plan.name, "before": self.plan.name}
        self.change("subscription.plan_changed", facts=facts, plan=plan)

    @locked
    def override(self, **limits: Any) -> None:
        """Grant other limits than the plan's; None lifts one, and what is not named stays."""
        self.change("subscription.overridden", overrides={**self.overrides, **limits})

    def enter(self, event: str, facts: dict[str, Any] | None = None, **fields: Any) -> None:
        """Let `event` happen: the state the table leads to, with `fields`, under the verb the table names.

        The caller holds the row's lock.

        Raises:
            Refused: the event means nothing in the present state; nothing changes.
        """
        move = lifecycle.move(self.state, event)
        if move is None:
            raise Refused(f"This cannot be done while the subscription is {lifecycle.STATES[self.state].lower()}.")
        before = self.access
        self.change(move.verb, facts={"plan": str(self.plan), **(facts or {})}, state=move.next, **fields)
        if (before, self.access) != ("full", "full"):
            self.set_standing()

    def stop(self, hold: str, reason: str, **fields: Any) -> None:
        """Put the company on hold ("policy") or ban it ("ban"); its state stays what it is. The caller holds the lock.

        Raises:
            Refused: its data is being deleted.
        """
        if self.state in (lifecycle.DELETING, lifecycle.DELETED):
            raise Refused("This account is being deleted.")
        verb = "subscription.banned" if hold == "ban" else "subscription.stopped"
        self.change(verb, facts={"reason": reason}, hold=hold, **fields)
        self.set_standing()
        self.look_at(clock.now())

    def go_on(self) -> None:
        """Lift the hold: what the company may do follows from its state again. The caller holds the lock."""
        self.change("subscription.let_go_on", hold="none")
        self.set_standing()
        self.look_at(clock.now())

    def set_standing(self) -> None:
        """Let every door know what the company may do from now on."""
        level = self.access
        is_full = level == "full"
        reason = "" if is_full else self.state if self.hold == "none" else self.hold
        company = Company.objects.get(pk=self.company_id)
        standing.set_standing(company, level, reason=reason, delete_after=None if is_full else self.delete_after)

    def look_at(self, moment: dt.datetime | None) -> None:
        """Let the clock look again at `moment` of the company's time; None for never."""
        if self.due_at != moment:
            self.change(due_at=moment)


class SubscriptionItem(CompanyModel, Recorded):
    """So many of an add-on that a company pays for with each period."""

    NOUN = "add_on"

    add_on = models.ForeignKey(AddOn, models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, editable=False)  # the add-on's, in whatever version
    quantity = models.PositiveIntegerField()
    next_quantity = models.PositiveIntegerField(null=True, blank=True)  # from the period's end on, where it is fewer
    date_added = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "key"], name="one_item_an_add_on"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="item_of_something"),
            models.CheckConstraint(
                condition=Q(next_quantity=None) | Q(next_quantity__lt=models.F("quantity")), name="item_gets_fewer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.add_on} × {self.quantity}"
