"""A person's list of first steps in the location in scope: what is done, what is skipped, what is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts import current
from accounts.models import User
from core import clock, scope
from core.errors import NotFound
from core.pages import link
from onboarding.models import Progress
from onboarding.steps import SHORT, STEPS, Step

REOPENS = dt.timedelta(days=30)  # from the location's beginning: a step whose test fails again opens again


@dataclass(frozen=True)
class Item:
    step: Step
    url: str
    is_done: bool
    is_skipped: bool

    @property
    def is_open(self) -> bool:
        return not self.is_done and not self.is_skipped


@dataclass(frozen=True)
class Checklist:
    items: list[Item]
    is_dismissed: bool

    @property
    def settled(self) -> int:
        """How many steps are done or skipped."""
        return sum(not item.is_open for item in self.items)

    @property
    def is_finished(self) -> bool:
        return self.settled == len(self.items)

    @property
    def next(self) -> Item | None:
        return next((item for item in self.items if item.is_open), None)


def steps() -> list[Step]:
    """The steps of the actor at the location in scope."""
    actor, place = scope.current().actor, current.location()
    rows = STEPS if actor.is_admin else SHORT
    return [step for step in rows if (step.ability == "anyone" or actor.may(step.ability)) and step.is_shown(place)]


def of(user: User) -> Checklist:
    """The list as it is now. A step that was done stays so once the location is thirty days old. Remembers what is done.

    A query for each step and one or two for the person's row.
    """
    place = current.location()
    held = Progress.objects.filter(user=user).first() or Progress(user=user, location=place)
    is_settled = clock.now() - place.date_added > REOPENS
    before = set(held.done)
    now = {step.key for step in steps() if step.done(place, user) or (is_settled and step.key in before)}
    if now != before:
        _keep(user, done=sorted(now))
    items = [
        Item(
            step,
            link(step.url) if step.in_location else reverse(step.url),
            step.key in now,
            step.key in held.skipped and step.key not in now,
        )
        for step in steps()
    ]
    return Checklist(items, held.dismissed_at is not None)


@transaction.atomic
def skip(user: User, key: str) -> None:
    """Leave a step out, or take it up again when it was left out.

    Raises:
        NotFound: there is no such step for this person.
    """
    if key not in {step.key for step in steps()}:
        raise NotFound("There is no such step.")
    _keep(user)
    held = Progress.objects.select_for_update().get(user=user)
    skipped = set(held.skipped) ^ {key}
    _keep(user, skipped=sorted(skipped))


def dismiss(user: User) -> None:
    """Show the card no longer. The page stays where it is."""
    _keep(user, dismissed_at=clock.now())


def _keep(user: User, **values: Any) -> None:
    place = current.location()
    Progress.objects.bulk_create([Progress(user=user, location=place)], ignore_conflicts=True)
    if values:
        Progress.objects.filter(user=user).update(**values)
