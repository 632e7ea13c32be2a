"""Writing notifications: what happens to one record within five minutes is one, and so is what is done to many at once."""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from core import clock, scope
from notifications import preferences
from notifications.hearing import News
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.preferences import GATHERED_FOR

BURST = 5  # more records than this at once are told as one
MOST_ENTRIES = 100
LONGEST = 500
REPEATED = dt.timedelta(days=2)  # how long after it was read an entry may come again
LOCKS = 7_020_003


def tell(news: list[News]) -> bool:
    """Write what people are told, in the location in scope. Harmless to repeat.

    Nobody hears of what they did themselves, except of their work's end and of what concerns all. Nobody who does not
    work here, or chose not to, hears anything.

    Returns:
        Whether a mail is to leave at once.
    """
    news = [one for one in news if one.user != one.entry.actor_id or KINDS[one.kind].is_fixed]
    users = {one.user for one in news}
    if not users:
        return False
    people = {user.pk: user for user in User.objects.working_at(scope.location_id()).filter(pk__in=users)}
    chosen = preferences.of(people)
    ways = {
        (user, key): preferences.ways_of(chosen.get(user), KINDS[key])
        for user, key in {(one.user, one.kind) for one in news if one.user in people}
    }
    news = [one for one in news if (way := ways.get((one.user, one.kind))) and (way.app or way.mail)]
    if not news:
        return False
    with transaction.atomic():
        _queue_up()
        rows = _written(news)
        for row in rows:
            if not row.mail_at and not row.mailed_at:
                way, kind = ways[row.user_id, row.kind], KINDS[row.kind]
                row.in_app = way.app
                row.mail_at = (
                    preferences.mail_time(chosen.get(row.user_id), kind, people[row.user_id]) if way.mail else None
                )
        Notification.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["text", "count", "entries", "at"],
        )
    now = clock.now()
    return any(row.mail_at is not None and row.mail_at <= now for row in rows)


def _queue_up() -> None:
    """Only one at a time adds to the rows of a location."""
    with connection.cursor() as cursor:
        key = zlib.crc32(scope.location_id().encode()) - 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, key])


def _written(news: list[News]) -> list[Notification]:
    """The rows, new or added to, that tell these news; nothing is told twice. Two queries."""
    now, users = clock.now(), {one.user for one in news}
    mine = Notification.objects.filter(user_id__in=users)
    entries = {one.entry.pk for one in news}
    known = mine.filter(at__gt=now - REPEATED, entries__overlap=list(entries)).values_list("user_id", "entries")
    told = {(user, pk) for user, held in known for pk in held}
    news = [one for one in news if (one.user, one.entry.pk) not in told]
    groups = {group for one in news for group in (_group(one), _burst(one)) if group}
    recent = mine.filter(Q(group__startswith="many:") | Q(first_at__gt=now - GATHERED_FOR))
    recent = recent.filter(at__gt=now - GATHERED_FOR, group__in=groups, read_at=None).order_by("at")
    rows = {(row.user_id, row.group): row for row in recent}
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in news:
        alike[one.user, _burst(one)].add(one.subject_id)
    changed: dict[str, Notification] = {}
    for one in news:
        burst = _burst(one)
        at_once = bool(burst) and ((one.user, burst) in rows or len(alike[one.user, burst]) > BURST)
        group = burst if at_once else _group(one)
        row = rows.get((one.user, group)) if group else None
        row = _added(row, one, now) if row else _fresh(one, group, at_once, now)
        if at_once:
            row.text = one.many.format(count=f"{row.count:,}")[:LONGEST]
        changed[row.pk] = row
        if group:
            rows[one.user, group] = row
    return list(changed.values())


def _group(one: News) -> str:
    return f"{one.subject_type}:{one.subject_id}" if KINDS[one.kind].gathers else ""


def _burst(one: News) -> str:
    return f"many:{one.kind}:{one.entry.verb}:{one.entry.actor_id}" if one.many else ""


def _fresh(one: News, group: str, at_once: bool, now: dt.datetime) -> Notification:
    subject: dict[str, Any] = {} if at_once else {"subject_type": one.subject_type, "subject_id": one.subject_id}
    return Notification(
        user_id=one.user,
        kind=one.kind,
        text=one.text[:LONGEST],
        url=one.url,
        group=group,
        entries=[one.entry.pk],
        first_at=now,
        at=now,
        **subject,
    )


def _added(row: Notification, one: News, now: dt.datetime) -> Notification:
    row.count += 1
    row.text, row.at = one.text[:LONGEST], now
    row.entries = [*row.entries, one.entry.pk][-MOST_ENTRIES:]
    return row
