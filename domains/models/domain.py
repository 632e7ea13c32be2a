from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from accounts import confirmation
from billing import limits
from core import clock, scope
from core.errors import Invalid, LimitReached, Refused
from core.tenancy import LocationModel
from domains import lifecycle, names, schedule
from domains.judging import GONE, Fault, Wanted
from domains.lifecycle import ACTIVE, BROKEN, FAILED, ISSUING_SSL, PENDING_DNS, STATES
from domains.models.past_name import PastName
from journal.recorded import Recorded, RecordedManager, RecordedQuerySet, locked, quietly

MOST = 200  # per location, whatever the plan says
LONGEST_ROBOTS = 10_000
CHECKING = dt.timedelta(minutes=1)  # for so long a check that was asked for is shown as under way
EVERY = dt.timedelta(seconds=10)  # between two checks that people ask for
HELD = dt.timedelta(minutes=5)  # a check that was begun and never ended is done again after this
TAKEN = "This domain is connected already. If it is yours, remove it where it is, or ask support."


class DomainQuerySet(RecordedQuerySet):
    def due(self, now: dt.datetime) -> Self:
        """Those whose turn it is to be looked at."""
        return self.filter(next_check_at__lte=now)

    def claim(self, pk: str, was: dt.datetime, now: dt.datetime) -> bool:
        """Take a due domain, so that no second task looks at it; if this one dies, another does in five minutes."""
        with quietly(reason="when a domain is looked at next is no change of it"):
            return bool(self.filter(pk=pk, next_check_at=was).update(next_check_at=now + HELD))


DomainManager = RecordedManager.from_queryset(DomainQuerySet)


class Domain(LocationModel, Recorded):
    """A host name of a location: whether its DNS leads here, whether it has a certificate, what visitors find."""

    NOUN = "domain"
    UNRECORDED = frozenset({
        "date_updated", "next_check_at", "checked_at", "asked_at", "waiting_since", "verified_at", "issuing_since",
        "active_at", "certificate_until", "faults", "seen", "days_gone", "tries", "token", "reason", "is_root",
    })  # fmt: skip

    host = models.CharField(max_length=253, unique=True, db_collation="C")
    is_root = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default=PENDING_DNS, choices=list(STATES.items()))
    reason = models.CharField(max_length=500, blank=True, default="")  # why it failed or is broken
    token = models.CharField(max_length=40, blank=True, default="")  # where a TXT record has to prove ownership
    robots = models.TextField("robots text", blank=True, default="", max_length=LONGEST_ROBOTS)
    faults = models.JSONField(default=list, blank=True)  # of the last check
    seen = models.JSONField(default=dict, blank=True)  # the records it found
    days_gone = models.PositiveSmallIntegerField(default=0)  # daily checks in a row that found no right record
    tries = models.PositiveSmallIntegerField(default=0)  # for a certificate
    waiting_since = models.DateTimeField(default=clock.now)
    verified_at = models.DateTimeField(null=True, blank=True)  # DNS was right for the first time
    issuing_since = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)
    certificate_until = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # somebody wants it checked now
    next_check_at = models.DateTimeField(null=True, blank=True)
    date_added = models.DateTimeField(default=clock.now, editable=False)
    date_updated = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = DomainManager()

    class Meta:
        ordering = ["host"]
        indexes = [
            models.Index(fields=["location", "host"], name="domain_by_location"),
            models.Index(fields=["next_check_at"], name="domain_due", condition=Q(next_check_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="domain_state_is_known"),
            models.CheckConstraint(condition=Q(host__regex=r"^[a-z0-9.-]+$"), name="domain_host_is_ascii"),
        ]

    def __str__(self) -> str:
        return names.shown(self.host)

    @classmethod
    def add(cls, text: str) -> Self:
        """Begin with a host name as somebody typed it, in the location in scope.

        Raises:
            Invalid: it is no name that can be added, or in use. LimitReached: the plan allows no more.
            Unconfirmed: the owner has to confirm their address first. Refused: this installation takes no domains.
        """
        confirmation.required()
        host = names.cleaned(text)
        is_root = names.is_root(host)
        if not settings.DOMAINS_HOST:
            raise Refused("This installation has no host name of its own to which domains could point.")
        if is_root and not settings.DOMAINS_ADDRESS:
            raise Invalid({"host": f"Root domains cannot be connected here. Add www.{host} instead."})
        with transaction.atomic():
            if cls.objects.filter(host=host).exists():
                raise Invalid({"host": f"{names.shown(host)} is in your list already."})
            if cls.objects.everywhere(reason="a name is connected once, whoever has it").filter(host=host).exists():
                raise Invalid({"host": TAKEN})
            if cls.objects.count() >= MOST:
                raise LimitReached(f"There are {MOST} domains already. Remove one you no longer need.")
            limits.take("web_domains")
            now = clock.now()
            try:
                with transaction.atomic():
                    return cls.record_new(
                        host=host,
                        is_root=is_root,
                        token=secrets.token_hex(16) if PastName.is_anothers(host) else "",
                        waiting_since=now,
                        asked_at=now,
                        next_check_at=now + HELD,  # the first look is asked for by whoever adds it
                        facts={"name": names.shown(host)},
                    )
            except IntegrityError as error:  # somebody else added it in the same moment
                raise Invalid({"host": TAKEN}) from error

    def remove_it(self) -> None:
        """Take the name away. From now on no certificate is had for it, and anybody may add it."""
        with transaction.atomic():
            self.remove(facts={"name": str(self)})
            limits.give_back("web_domains")

    def _enter(self, event: str, **values: Any) -> None:
        """Move on by an event of the table.

        Raises:
            Refused: the event means nothing in this state.
        """
        move = lifecycle.move(self.state, event)
        if move is None:
            raise Refused(f"{self} is in another state by now.")
        facts = {"name": str(self), "host": self.host, "reason": values.get("reason", "")}
        self.change(move.verb, facts=facts, state=move.next, **values)

    @locked
    def judge(self, faults: list[Fault], seen: dict[str, list[str]], *, by_clock: bool) -> None:
        """Take in what DNS said just now. A look that people asked for counts no day on which a record was gone."""
        now = clock.now()
        held = {"faults": [fault.plain() for fault in faults], "seen": seen, "checked_at": now}
        if self.state == PENDING_DNS:
            self._judge_waiting(faults, held, now)
        elif self.state in (ACTIVE, BROKEN):
            self._judge_verified(faults, held, now, by_clock)

    def _judge_waiting(self, faults: list[Fault], held: dict[str, Any], now: dt.datetime) -> None:
        if not faults:
            PastName.remember(self.host)
            held |= {"verified_at": self.verified_at or now, "issuing_since": now, "tries": 0, "next_check_at": now}
            self._enter("record_right", **held)
            return
        after = schedule.next_look(self.waiting_since, now)
        if after is None:
            self._enter("time_over", reason=faults[0].text[:500], next_check_at=None, **held)
        else:
            self.change(next_check_at=after, **held)

    def _judge_verified(self, faults: list[Fault], held: dict[str, Any], now: dt.datetime, by_clock: bool) -> None:
        is_gone = any(fault.code in GONE for fault in faults)
        if any(fault.code == "no_answer" for fault in faults):
            self.change(next_check_at=now + schedule.NO_ANSWER, **held)
        elif self.state == BROKEN and not is_gone:
            self._enter("record_back", reason="", days_gone=0, next_check_at=now + schedule.DAILY, **held)
        elif self.state == BROKEN:
            self.change(next_check_at=now + schedule.MENDING, **held)
        elif not is_gone:
            self.change(days_gone=0, next_check_at=now + schedule.DAILY, **held)
        elif not by_clock:
            self.change(**held)
        elif self.days_gone + 1 >= schedule.DAYS_GONE:
            reason = next(fault.text for fault in faults if fault.code in GONE)[:500]
            days = self.days_gone + 1
            self._enter("record_gone", reason=reason, days_gone=days, next_check_at=now + schedule.MENDING, **held)
        else:
            self.change(days_gone=self.days_gone + 1, next_check_at=now + schedule.DAILY, **held)

    @locked
    def certify(self, until: dt.datetime) -> None:
        """The front server shows a valid certificate, until so long."""
        now = clock.now()
        if self.state == ISSUING_SSL:
            self._enter(
                "certificate_issued",
                certificate_until=until,
                active_at=now,
                checked_at=now,
                faults=[],
                reason="",
                days_gone=0,
                next_check_at=now + schedule.DAILY,
            )
        elif self.state in (ACTIVE, BROKEN):
            self.change(certificate_until=until)

    @locked
    def miss(self, reason: str, *, by_clock: bool) -> None:
        """There is no valid certificate. The fifth time that the clock finds so is the last."""
        if self.state != ISSUING_SSL or self.issuing_since is None:
            return
        now = clock.now()
        held: dict[str, Any] = {"checked_at": now, "faults": [Fault("no_certificate", reason[:500]).plain()]}
        tries = self.tries + 1 if by_clock else self.tries
        after = schedule.next_try(self.issuing_since, tries)
        if after is None:
            self._enter("certificate_refused", reason=reason[:500], tries=tries, next_check_at=None, **held)
        elif by_clock:
            self.change(tries=tries, next_check_at=max(after, now + schedule.MINUTE), **held)
        else:
            self.change(**held)

    @locked
    def try_again(self) -> None:
        """Begin anew with one that failed, for another 72 hours.

        Raises:
            Refused: it did not fail.
        """
        now = clock.now()
        values = {"waiting_since": now, "asked_at": now, "next_check_at": now + HELD, "tries": 0, "reason": ""}
        self._enter("tried_again", **values)

    @locked
    def ask_check(self) -> bool:
        """Note that somebody wants it checked now.

        Returns:
            Whether a check should be started: none was asked for in the last ten seconds.
        """
        now = clock.now()
        if self.state == FAILED or (self.asked_at is not None and now - self.asked_at < EVERY):
            return False
        self.change(asked_at=now)
        return True

    def set_robots(self, text: str) -> None:
        """What /robots.txt says; empty lets everything be indexed.

        Raises:
            Invalid: too long.
        """
        text = text.replace("\r\n", "\n").replace("\x00", "").strip()
        if len(text) > LONGEST_ROBOTS:
            raise Invalid({"robots": f"The text may have at most {LONGEST_ROBOTS:,} characters."})
        self.change(facts={"name": str(self)}, robots=text)

    @property
    def company_id(self) -> str:
        """Of its location; a query where that is not at hand."""
        return str(self.location.company_id)

    @property
    def is_served(self) -> bool:
        return self.state in lifecycle.SERVED

    @property
    def is_under_way(self) -> bool:
        return self.state in lifecycle.UNDER_WAY

    @property
    def is_checking(self) -> bool:
        """Whether a check that somebody asked for has not ended."""
        if self.asked_at is None or clock.now() - self.asked_at > CHECKING:
            return False
        return self.checked_at is None or self.checked_at < self.asked_at

    @property
    def twin(self) -> str:
        """The name with or without www, where these come as a pair."""
        return names.twin(self.host)

    @property
    def proof_at(self) -> str:
        return f"_hoopai.{self.host}"

    @property
    def proof(self) -> str:
        return f"hoopai-verify={self.token}" if self.token else ""

    @property
    def wanted(self) -> Wanted:
        """What its records must say. An active domain need not prove again whose it is."""
        proof = self.proof if self.state in (PENDING_DNS, FAILED) else ""
        return Wanted(
            self.host,
            self.is_root,
            settings.DOMAINS_HOST,
            settings.DOMAINS_ADDRESS,
            tuple(settings.DOMAINS_ISSUERS),
            self.proof_at,
            proof,
        )

    @property
    def records(self) -> list[dict[str, str]]:
        """The records to copy: kind, name as most providers want it, whole name, value."""
        part = names.part_before(self.host)
        kind, value = ("A", settings.DOMAINS_ADDRESS) if self.is_root else ("CNAME", settings.DOMAINS_HOST)
        found = [{"kind": kind, "name": part, "whole": self.host, "value": value}]
        if self.token and self.state in (PENDING_DNS, FAILED):
            name = "_hoopai" if part == "@" else f"_hoopai.{part}"
            found.append({"kind": "TXT", "name": name, "whole": self.proof_at, "value": self.proof})
        return found

    @classmethod
    def is_verified(cls, host: str) -> bool:
        """Whether a certificate may be had for a name: its DNS was right, and nobody has removed it since."""
        rows = cls.objects.everywhere(reason="the front server asks for all tenants")
        return bool(rows.filter(host=host, state__in=lifecycle.VERIFIED).exists())

    @classmethod
    def answering(cls, host: str) -> Self | None:
        """The domain of this name, of any tenant, with its location. One query."""
        rows = cls.objects.everywhere(reason="a visitor names the host, whosever it is")
        found: Self | None = rows.select_related("location").filter(host=host).first()
        return found


def of_company() -> Any:
    """The domains of the company in scope, whatever the location."""
    rows = Domain.objects.everywhere(reason="narrowed to the company in scope")
    return rows.filter(location__company_id=scope.company_id())
