"""What the frame of every page says about a trial, read with the location's own row: no query of its own."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from accounts.models import Location
from billing import lifecycle
from billing.models import Subscription
from core import clock, scope
from core.pages import link

LAST_DAYS = 3  # shown as a warning
OVER = "first_steps_over"  # in the session: ids of locations whose card is not asked for any more
MOST_NOTED = 50
CARD_FOR = dt.timedelta(days=60)  # from the location's beginning


def with_trial(rows: QuerySet[Location]) -> QuerySet[Location]:
    """The locations with `trial_state`, `trial_ends_at` and `past_due_since` of their company's subscription."""
    held = Subscription.objects.everywhere(reason="joined to the location of the door").filter(
        company_id=OuterRef("company_id")
    )
    return rows.annotate(
        trial_state=Subquery(held.values("state")[:1]),
        trial_started_at=Subquery(held.values("trial_started_at")[:1]),
        trial_ends_at=Subquery(held.values("trial_ends_at")[:1]),
        past_due_since=Subquery(held.values("past_due_since")[:1]),
    )


def of(place: Location) -> dict[str, Any] | None:
    """The banner: days left, how urgent, where a plan is chosen; None outside a trial."""
    ends = getattr(place, "trial_ends_at", None)
    if ends is None or getattr(place, "trial_state", "") != lifecycle.TRIALING:
        return None
    left = max(math.ceil((ends - clock.now()) / dt.timedelta(days=1)), 0)
    return {"left": left, "is_urgent": left <= LAST_DAYS, "ends_at": ends, "url": link("settings:billing_plans")}


def is_new(place: Location) -> bool:
    """Whether these are the first weeks of an account somebody signed up for."""
    return getattr(place, "trial_started_at", None) is not None and clock.now() - place.date_added < CARD_FOR


def has_card(request: HttpRequest, place: Location) -> bool:
    """Whether the menu asks for the card of first steps: in the first weeks of an account somebody signed up for, until
    all are done or the card was dismissed."""
    return is_new(place) and place.pk not in request.session.get(OVER, [])


def note_over(request: HttpRequest) -> None:
    """Do not ask for the card of the location in scope any more in this session."""
    over = request.session.get(OVER, [])
    if scope.location_id() not in over:
        request.session[OVER] = [*over, scope.location_id()][-MOST_NOTED:]
