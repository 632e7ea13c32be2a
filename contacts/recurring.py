"""Making repeating tasks, each once, and changing what follows. When they come is in contacts.rhythm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts import current
from accounts.models import User
from contacts.models import Contact, RecurringTask, Task
from contacts.models.recurring_task import MOST_CONTACTS, MOST_OWNERS
from contacts.rhythm import at, due, first_after, moved, on_the_wall, places, upcoming
from core import clock, scope
from core.errors import Invalid, Refused

CATCH_UP = 10  # the most occurrences that are made at once; of more that were missed only the last ones count
MOST_FOLLOWING = 200  # tasks that are changed or deleted with an earlier one
RHYTHM = frozenset({"kind", "interval", "starts_at", "weekday", "day_of_month", "month"})


def start(contacts: Sequence[Contact], **values: Any) -> RecurringTask:
    """Make a task repeat, for every one of these contacts and owners.

    Where the start has passed, the latest occurrence counts as the first: it is made at once, a backlog is not.

    Raises:
        Invalid: a value breaks a rule.
    """
    _check_contacts(contacts)
    with transaction.atomic():
        rule = RecurringTask.record_new(facts={"title": values.get("title", "")}, **values)
        rule.contacts.set(contacts)
        passed = first_after(places(rule, current.location().zone), 0, clock.now())
        rule.change(shift=max(0, passed - 1))
        _schedule(rule, int(rule.skips_first))
        make_due(rule.pk)
    rule.refresh_from_db()
    return rule


def change(rule: RecurringTask, contacts: Sequence[Contact] | None = None, **values: Any) -> None:
    """Change what follows; tasks that exist stay. A new rhythm begins after what was made and makes nothing for the
    past; how often it comes is counted over the old and the new one together.

    Raises:
        Invalid: a value breaks a rule.
    """
    if contacts is not None:
        _check_contacts(contacts)
    with transaction.atomic():
        rule.lock()
        zone = current.location().zone
        has_begun = rule.next_number > int(rule.skips_first)
        last = at(rule, rule.next_number - 1, zone) if has_begun else None
        if has_begun:
            values.pop("skips_first", None)  # that was decided when the first one came
        changed = rule.change(facts={"title": values.get("title", rule.title)}, **values)
        if contacts is not None:
            rule.contacts.set(contacts)
        number = rule.next_number if has_begun else int(rule.skips_first)
        if RHYTHM & changed.keys():
            after = max(clock.now(), last) if last else clock.now()
            place = first_after(places(rule, zone), 0, after)
            rule.change(shift=place - number if has_begun else max(0, place - number))
        if {*RHYTHM, "ends_at", "count", "skips_first"} & changed.keys():
            _schedule(rule, number)


def _check_contacts(contacts: Sequence[Contact]) -> None:
    if not contacts:
        raise Invalid({"contacts": "Choose a contact."})
    if len(contacts) > MOST_CONTACTS:
        raise Invalid({"contacts": f"At most {MOST_CONTACTS} contacts."})


def checked_owners(owners: Sequence[str]) -> list[str]:
    """Ids of people who work here, each once.

    Raises:
        Invalid: {"owners": sentence}.
    """
    wanted = list(dict.fromkeys(owners))
    if len(wanted) > MOST_OWNERS:
        raise Invalid({"owners": f"At most {MOST_OWNERS} owners."})
    if len(_working(wanted)) != len(wanted):
        raise Invalid({"owners": "Nobody with this id works here."})
    return wanted


def _working(owners: Sequence[str]) -> list[str]:
    here = User.objects.working_at(scope.location_id()).filter(pk__in=owners)
    known = set(here.values_list("pk", flat=True)) if owners else set()
    return [owner for owner in owners if owner in known]


def _schedule(rule: RecurringTask, number: int) -> None:
    rule.change(next_number=number, next_at=upcoming(rule, number, current.location().zone))


@transaction.atomic
def make_due(rule_id: str) -> int:
    """Make the tasks of every occurrence that has come. Harmless to repeat: the row is locked, numbers only rise, and
    no occurrence can exist twice.

    Returns:
        How many tasks were made.
    """
    rule = RecurringTask.objects.select_for_update(skip_locked=True).filter(pk=rule_id).first()
    if rule is None or rule.next_at is None:
        return 0
    zone, now = current.location().zone, clock.now()
    first = rule.next_number
    stop = first_after(lambda number: upcoming(rule, number, zone), first, now)
    # Where one waits for the one before it, only the latest of those that were missed is of use.
    most = CATCH_UP if rule.creates_when_overdue else 1
    numbers = [(number, at(rule, number, zone)) for number in range(max(first, stop - most), stop)]
    contacts = list(rule.contacts.live().order_by("pk")) if numbers else []
    owners: list[str | None] = [*_working(rule.owners)] or [None]
    made, tasks = rule.made, 0
    for each, when in numbers:
        if not contacts or not rule.creates_when_overdue and _has_overdue(rule):
            continue
        rows = [
            Task(
                contact=contact,
                assigned_to_id=owner,
                title=rule.title,
                body=rule.body,
                due_at=due(rule, when, zone),
                rule=rule,
                occurrence=each,
                place=place,
            )
            for place, (contact, owner) in enumerate((contact, owner) for contact in contacts for owner in owners)
        ]
        Task.record_many(rows, facts={"title": rule.title})
        made, tasks = made + 1, tasks + len(rows)
    rule.change(next_number=stop, next_at=upcoming(rule, stop, zone), made=made)
    return tasks


def _has_overdue(rule: RecurringTask) -> bool:
    return Task.objects.live().filter(rule=rule, completed=False, due_at__lt=clock.now()).exists()


@transaction.atomic
def change_following(task: Task, **values: Any) -> None:
    """Change a task, the open ones that came after it, and those that are still to come.

    Args:
        values: title, body, due_at and assigned_to as `Task.change` takes them; a new due time moves the others as far,
            by the clock on the wall. A new assignee takes over what the old one had.

    Raises:
        Invalid: a value breaks a rule. Refused: others would be due before they are created, or it repeats for
        contacts that the actor may not see.
    """
    rule = task.rule
    if rule is None:
        task.change(**values)
        return
    _check_reach(rule)
    zone, before = current.location().zone, task.assigned_to_id
    shift = dt.timedelta(0)
    if "due_at" in values:
        shift = on_the_wall(values["due_at"], zone) - on_the_wall(task.due_at, zone)
    words: dict[str, Any] = {name: values[name] for name in ("title", "body") if name in values}
    following = Task.objects.filter(rule=rule, occurrence__gt=task.occurrence, completed=False)
    for later in following.order_by("occurrence", "place")[:MOST_FOLLOWING]:
        more: dict[str, Any] = {"due_at": moved(later.due_at, shift, zone)} if shift else {}
        if "assigned_to" in values and later.assigned_to_id == before:
            more["assigned_to"] = values["assigned_to"]
        later.change(**words, **more)
    task.change(**values)
    given: dict[str, Any] = {**words, **_due_later(rule, shift, zone)}
    now = task.assigned_to_id
    if now != before:
        swapped = [now if owner == before else owner for owner in rule.owners] if before in rule.owners else [now]
        given["owners"] = [owner for owner in dict.fromkeys(swapped) if owner]
    rule.lock()
    rule.change(facts={"title": rule.title}, **given)
    if "starts_at" in given:
        _schedule(rule, rule.next_number)


def _due_later(rule: RecurringTask, shift: dt.timedelta, zone: dt.tzinfo) -> dict[str, Any]:
    """What makes the tasks to come due that much later or earlier: the time they have, else the time of their creation.

    Raises:
        Refused: they would have to be created on another day.
    """
    rest = rule.due_after + round(shift.total_seconds())
    if not shift or rest >= 0:
        return {"due_after": rest} if shift else {}
    starts_at = moved(rule.starts_at, dt.timedelta(seconds=rest), zone)
    is_same_day = starts_at.astimezone(zone).date() == rule.starts_at.astimezone(zone).date()
    if not is_same_day and rule.kind not in ("hourly", "daily"):
        raise Refused("Those that follow would be due before they are created. Change the repeating task itself.")
    return {"due_after": 0, "starts_at": starts_at}


def _check_reach(rule: RecurringTask) -> None:
    actor = scope.current().actor
    if not actor.sees_everything and rule.contacts.exclude(pk__in=Contact.objects.visible_to(actor)).exists():
        raise Refused("It repeats for contacts that you may not see as well. Change only this one.")


@transaction.atomic
def remove_following(task: Task) -> int:
    """Delete a task and the open ones that came after it, and stop the rule. Returns how many tasks.

    Raises:
        Refused: it repeats for contacts that the actor may not see.
    """
    rule, rows = task.rule, [task]
    if rule is not None:
        _check_reach(rule)
        rows += Task.objects.filter(rule=rule, occurrence__gt=task.occurrence, completed=False)[:MOST_FOLLOWING]
    for row in rows:
        row.remove(facts={"title": row.title})
    if rule is not None:
        rule.remove(facts={"title": rule.title})
    return len(rows)
