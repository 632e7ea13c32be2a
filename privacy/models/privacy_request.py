from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contacts.models import Contact
from core import clock
from core.errors import Invalid, Refused
from core.tenancy import LocationModel
from journal.recorded import Recorded, RecordedManager, locked

KINDS = [
    ("access", "Access: what do you hold about me"),
    ("portability", "Portability: give me my data"),
    ("rectification", "Rectification: correct my data"),
    ("erasure", "Erasure: delete my data"),
    ("restriction", "Restriction: do not use my data"),
    ("objection", "Objection: stop a certain use"),
]
STATES = [
    ("new", "New"),
    ("verified", "Identity verified"),
    ("in_progress", "In progress"),
    ("done", "Done"),
    ("refused", "Refused"),
]
ENDED = ("done", "refused")
NEXT = {"new": ("verified", "refused"), "verified": ("in_progress", "refused"), "in_progress": ("done", "refused")}
DUE_DAYS, EXTENSION_DAYS = 30, 60
ALERTS = (10, 3, 0)  # days before it is due: days 20, 27 and 30 of a request that was not extended


class PrivacyRequest(LocationModel, Recorded):
    """What a person asked under the law on personal data, and by when it must be answered."""

    NOUN = "privacy_request"
    UNRECORDED = frozenset({"date_updated", "alert_at", "alerted"})

    kind = models.CharField("request", max_length=15, choices=KINDS)
    name = models.CharField("person", max_length=200)
    email = models.EmailField("e-mail", blank=True, default="")
    contact = models.ForeignKey(Contact, models.SET_NULL, related_name="+", null=True, blank=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_because = models.CharField(max_length=500, blank=True, default="")
    proof = models.CharField(max_length=500, blank=True, default="")  # how the identity was checked
    handler = models.ForeignKey("accounts.User", models.SET_NULL, related_name="+", null=True, blank=True)
    note = models.TextField(max_length=5000, blank=True, default="")
    state = models.CharField(max_length=12, default="new", choices=STATES)
    refused_because = models.CharField(max_length=500, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    alert_at = models.DateTimeField(null=True, blank=True, editable=False)  # the next warning
    alerted = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, editable=False)  # of ALERTS
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects = RecordedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _ in KINDS]), name="privacy_request_kind"),
            models.CheckConstraint(condition=Q(state__in=[state for state, _ in STATES]), name="privacy_request_state"),
            models.CheckConstraint(condition=Q(due_at__gt=F("received_at")), name="privacy_request_due_later"),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refused_because=""), name="privacy_request_refused_why"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at=None)),
                name="privacy_request_ended_when",
            ),
        ]
        indexes = [
            models.Index(fields=["location", "-id"], name="privacy_request_by_location"),
            models.Index(fields=["alert_at"], condition=Q(alert_at__isnull=False), name="privacy_request_alerts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().partition(':')[0]} for {self.name}"

    @classmethod
    def receive(cls, *, received_at: dt.datetime | None = None, **fields: Any) -> PrivacyRequest:
        """Put a request into the register; it is due thirty days after it was received.

        Raises:
            Invalid: {field: sentence}; nothing is written.
        """
        now = clock.now()
        received_at = received_at or now
        if received_at > now:
            raise Invalid({"received_on": "A request cannot be received in the future."})
        if received_at < now - dt.timedelta(days=365):
            raise Invalid({"received_on": "This is more than a year ago."})
        due = received_at + dt.timedelta(days=DUE_DAYS)
        email = fields.get("email", "")
        contact = Contact.objects.live().filter(email__iexact=email).order_by("pk").first() if email else None
        row: PrivacyRequest = cls.record_new(
            received_at=received_at, due_at=due, contact=contact, alert_at=_first_alert(due, []), **fields
        )
        return row

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been answered by now."""
        return not self.has_ended and clock.now() >= self.due_at

    @property
    def days_left(self) -> int:
        """Whole days until it is due; negative once it is overdue."""
        return (self.due_at - clock.now()).days

    @property
    def next_states(self) -> list[tuple[str, str]]:
        """Where it can go from here: [(state, words)]."""
        return [(state, dict(STATES)[state]) for state in NEXT.get(self.state, ())]

    @locked
    def move_to(self, state: str, *, proof: str = "", reason: str = "") -> None:
        """Go on to the next state.

        Raises:
            Refused: that state does not follow. Invalid: the proof of identity or the reason of a refusal is missing.
        """
        if state not in NEXT.get(self.state, ()):
            raise Refused("This request cannot go there from where it is.")
        fields: dict[str, Any] = {"state": state}
        if state == "verified":
            if not proof.strip():
                raise Invalid({"proof": "Say how the identity was checked."})
            fields["proof"] = proof.strip()
        if state == "refused":
            if not reason.strip():
                raise Invalid({"reason": "Say why it is refused."})
            fields["refused_because"] = reason.strip()
        if state in ENDED:
            fields |= {"ended_at": clock.now(), "alert_at": None}
        self.change("privacy_request.moved", facts={"state": dict(STATES)[state].lower()}, **fields)

    @locked
    def extend(self, reason: str, is_told: bool) -> None:
        """Take sixty days more, once.

        Raises:
            Refused: it was extended already, has ended, or is overdue. Invalid: no reason, or the person was not told.
        """
        if self.has_ended or self.extended_because:
            raise Refused("A request can be extended once, while it is open.")
        if self.is_overdue:
            raise Refused("It is overdue: it can no longer be extended.")
        if not reason.strip():
            raise Invalid({"reason": "Say why more time is needed."})
        if not is_told:
            raise Invalid({"is_told": "Tell the person first; the law wants it."})
        due = self.due_at + dt.timedelta(days=EXTENSION_DAYS)
        self.change(
            "privacy_request.extended",
            facts={"due": f"{due:%d %B %Y}"},
            due_at=due,
            extended_because=reason.strip(),
            alert_at=_first_alert(due, []),
            alerted=[],
        )

    @locked
    def take_alert(self) -> int | None:
        """Note that the warning that is due now was given. Of several that became due at once only the last counts.

        Returns:
            Days before the due date, one of ALERTS; None when no warning is due.
        """
        now = clock.now()
        due = [days for days in ALERTS if days not in self.alerted and now >= self.due_at - dt.timedelta(days=days)]
        if self.has_ended or not due:
            return None
        alerted = [*self.alerted, *due]
        self.change(alerted=alerted, alert_at=_first_alert(self.due_at, alerted))
        return min(due)


def _first_alert(due: dt.datetime, alerted: list[int]) -> dt.datetime | None:
    left = [days for days in ALERTS if days not in alerted]
    return due - dt.timedelta(days=max(left)) if left else None
