"""A company's own clock, on installations with the sandbox gateway: an operator moves it forward, and what falls due on
the way happens in order, each thing at its own moment."""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.conf import settings
from django.db import Error

from accounts.models import Company
from billing.agenda import Item
from billing.models import CompanyClock, Subscription
from billing.turning import turn
from core import clock, scope
from core.errors import Invalid, Refused
from journal.writing import write

log = logging.getLogger(__name__)
FURTHEST = dt.timedelta(days=800)  # in one go
EVERY = 1.0  # second
MOST_STOPS = 2000
_read_at = 0.0


def refresh() -> None:
    """Read how far companies are ahead, at most once a second. Called at the doors: requests and tasks."""
    global _read_at  # noqa: PLW0603
    if not settings.COMPANY_CLOCKS or time.monotonic() - _read_at < EVERY:
        return
    _read_at = time.monotonic()
    try:
        rows = CompanyClock.objects.everywhere(reason="all companies' clocks").values_list("company_id", "ahead")
        found = dict(rows[:10_000])
    except Error:  # the request or task will find out by itself
        log.warning("the companies' clocks could not be read", exc_info=True)
        return
    clock.ahead.clear()
    clock.ahead.update(found)


def move(company: Company, to: dt.datetime) -> list[Item]:
    """Move a company's clock forward to a moment of its own time; what is due happens on the way.

    Returns:
        What happened, in order.

    Raises:
        Refused: the installation takes real money.
        Invalid: the moment is in the company's past, or too far away.
    """
    if not settings.SANDBOX:
        raise Refused("Only an installation with the sandbox can move clocks.")
    done: list[Item] = []
    with scope.use(company_id=company.pk):
        began = clock.now()
        if to < began:
            raise Invalid({"to": "A clock moves forward only."})
        if to - began > FURTHEST:
            raise Invalid({"to": f"At most {FURTHEST.days} days at once."})
        write("subscription.clock_moved", _Clock(company), {}, {"to": clock.iso(to)})
        for _ in range(MOST_STOPS):
            done += turn(company.pk)
            next_at = Subscription.objects.values_list("due_at", flat=True).first()
            if next_at is None or next_at > to:
                break
            show(company.pk, max(next_at, clock.now()))
        show(company.pk, max(to, clock.now()))
        done += turn(company.pk)
    return done


def show(company_id: str, moment: dt.datetime) -> None:
    """Let the company's clock show `moment` from now on; never earlier than it does."""
    with scope.use(company_id=company_id):
        now = clock.now()
    ahead = clock.ahead.get(company_id, clock.NONE) + max(moment - now, clock.NONE)
    CompanyClock.objects.everywhere(reason="the company is named").update_or_create(
        company_id=company_id, defaults={"ahead": ahead, "moved_at": clock.now_for_all()}
    )
    clock.ahead[company_id] = ahead


class _Clock:
    """What the journal's entry is about: the company's subscription, or the company where it has none."""

    NOUN = "subscription"

    def __init__(self, company: Company) -> None:
        held = Subscription.objects.filter(company=company).first()
        self.pk, self.company_id = (held.pk if held else company.pk), company.pk

    def journal_contact_id(self) -> None:
        return None
