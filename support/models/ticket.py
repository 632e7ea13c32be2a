from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q

from core import clock, scope
from core.errors import Refused
from core.tenancy import CompanyModel
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked

CATEGORIES = [
    ("billing", "Billing"),
    ("technical", "Technical"),
    ("account", "Account"),
    ("compliance", "Compliance"),
    ("feature", "Feature request"),
    ("sso", "Single sign-on"),
    ("baa", "HIPAA and BAA"),
    ("dpa", "Signed copy of the DPA"),
]
SEVERITIES = [("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical: work stands still")]
STATES = [
    ("new", "New"),
    ("open", "Open"),
    ("waiting", "Waiting for you"),
    ("solved", "Solved"),
    ("closed", "Closed"),
]
UNANSWERED = ("new", "open")  # support has to do something
ENDED = ("solved", "closed")
REOPENS_FOR = dt.timedelta(days=14)
ACCESS = [(0, "No"), (24, "For 24 hours"), (72, "For 72 hours")]


class TicketQuerySet(RecordedQuerySet):
    def seen_by(self, user: Any) -> Self:
        """A person's own tickets; admins of a location see its tickets, agency admins those of the whole account."""
        if user.agency_role == "admin":
            return self
        here = scope.current()
        rows = Q(requester_id=user.pk)
        if here.actor.is_admin and here.location_id:
            rows |= Q(location_id=here.location_id)
        return self.filter(rows)


class Ticket(CompanyModel, Recorded):
    """What somebody asks of support, and by when they are to have a first reply."""

    NOUN = "ticket"
    UNRECORDED = frozenset({"date_updated"})

    location = models.ForeignKey(
        "accounts.Location", models.CASCADE, related_name="+", null=True, blank=True, editable=False, db_index=False
    )  # None: the whole account
    requester = models.ForeignKey("accounts.User", models.SET_NULL, related_name="+", null=True, db_index=False)
    requester_name = models.CharField(max_length=200, blank=True, default="")
    subject = models.CharField(max_length=200)
    category = models.CharField(max_length=10, choices=CATEGORIES)
    severity = models.CharField(max_length=10, default="normal", choices=SEVERITIES)
    answers = models.JSONField(default=list, blank=True)  # [question, answer] of the categories with their own form
    state = models.CharField(max_length=10, default="new", choices=STATES)
    is_priority = models.BooleanField(default=False)
    target_hours = models.PositiveSmallIntegerField()  # to the first reply, as promised when it was opened
    due_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField("target missed", default=False)
    last_reply_at = models.DateTimeField(default=clock.now)
    solved_at = models.DateTimeField(null=True, blank=True)
    access_hours = models.PositiveSmallIntegerField("support may look", default=0, choices=ACCESS)
    access_until = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager.from_queryset(TicketQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[name for name, _ in STATES]), name="ticket_state"),
            models.CheckConstraint(condition=Q(category__in=[name for name, _ in CATEGORIES]), name="ticket_category"),
            models.CheckConstraint(condition=Q(severity__in=[name for name, _ in SEVERITIES]), name="ticket_severity"),
            models.CheckConstraint(
                condition=~Q(state="solved") | Q(solved_at__isnull=False), name="ticket_solved_when"
            ),
            models.CheckConstraint(
                condition=Q(access_hours=0, access_until=None) | Q(access_hours__gt=0, access_until__isnull=False),
                name="ticket_access_until_when",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], name="ticket_by_company"),
            models.Index(fields=["requester", "-id"], name="ticket_by_requester"),
            models.Index(
                fields=["due_at"],
                condition=Q(first_reply_at=None, is_late=False, state__in=UNANSWERED),
                name="ticket_due",
            ),
            models.Index(fields=["solved_at"], condition=Q(state="solved"), name="ticket_solved"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_answered(self) -> bool:
        return self.first_reply_at is not None

    @property
    def is_missed(self) -> bool:
        """Whether the first reply came, or will come, after the promised hours."""
        return (self.first_reply_at or clock.now()) > self.due_at

    @property
    def target(self) -> dict[str, str]:
        """Where the first reply stands: words, and the level of its badge ("" for none)."""
        if self.first_reply_at is not None:
            kept = not self.is_missed
            return {"words": "Kept" if kept else "Missed", "level": "ok" if kept else "bad"}
        if self.state in ENDED:
            return {"words": "No reply needed", "level": ""}
        if self.is_missed:
            return {"words": "Missed", "level": "bad"}
        left = self.due_at - clock.now()
        level = "warn" if left < dt.timedelta(hours=self.target_hours) / 4 else "info"
        return {"words": f"{in_words(left)} left", "level": level}

    @property
    def badge(self) -> str:
        """The level of the badge of its state."""
        return {"new": "accent", "open": "info", "waiting": "warn", "solved": "ok"}.get(self.state, "")

    @property
    def may_look(self) -> bool:
        """Whether support may look into the account for this ticket now."""
        return self.access_until is not None and clock.now() < self.access_until

    @property
    def takes_replies(self) -> bool:
        """Whether a reply is taken in: not once it is closed, nor two weeks after it was solved."""
        if self.state == "closed":
            return False
        return self.solved_at is None or clock.now() < self.solved_at + REOPENS_FOR

    @locked
    def customer_replied(self) -> None:
        """Note a reply of the customer; a solved ticket opens again.

        Raises:
            Refused: it is closed, or was solved more than fourteen days ago.
        """
        if not self.takes_replies:
            raise Refused("This ticket is closed. Open a new one; it can mention this one.")
        state = "new" if self.state == "new" else "open"
        verb = "ticket.reopened" if self.state == "solved" else "ticket.replied"
        self.change(verb, facts=self._facts(), state=state, solved_at=None, last_reply_at=clock.now())

    @locked
    def support_replied(self, is_solved: bool) -> None:
        """Note a reply of support: the first stops the clock of the target.

        Raises:
            Refused: it is closed.
        """
        if self.state == "closed":
            raise Refused("This ticket is closed.")
        now = clock.now()
        fields: dict[str, Any] = {"state": "waiting", "solved_at": None}
        if is_solved:
            fields = {"state": "solved", "solved_at": now}
        if self.first_reply_at is None:
            fields |= {"first_reply_at": now, "is_late": now > self.due_at}
        self.change("ticket.answered", facts=self._facts(), last_reply_at=now, **fields)

    @locked
    def solve(self) -> None:
        """Say that nothing more is to be done.

        Raises:
            Refused: it has ended.
        """
        if self.state in ENDED:
            raise Refused("This ticket has ended.")
        self.change("ticket.solved", facts=self._facts(), state="solved", solved_at=clock.now())

    @locked
    def close(self) -> None:
        """Let a ticket that was solved fourteen days ago rest for good; otherwise nothing happens."""
        if self.state == "solved" and not self.takes_replies:
            self.change("ticket.closed", facts=self._facts(), state="closed")

    @locked
    def flag_late(self) -> None:
        """Note, once, that no first reply came in time."""
        if self.state in UNANSWERED and self.first_reply_at is None and not self.is_late and clock.now() > self.due_at:
            self.change("ticket.late", facts=self._facts(), is_late=True)

    @locked
    def withdraw_access(self) -> None:
        """Support may no longer look into the account for this ticket."""
        self.change("ticket.access_withdrawn", facts=self._facts(), access_hours=0, access_until=None)

    def _facts(self) -> dict[str, Any]:
        return {"subject": self.subject}


def in_words(left: dt.timedelta) -> str:
    """A span in hours and minutes: "3 h 20 min"."""
    hours, minutes = divmod(max(0, int(left.total_seconds() // 60)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
