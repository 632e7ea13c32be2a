"""Counting what happens: an event is kept once, then every rule that is in force gives its points."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from contacts.models import Contact, ScoreProfile, ScoreRule
from contacts.scoring.events import SCORABLE
from contacts.scoring.ledger import Move, post
from core import clock, ids, scope

SOON = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Happening:
    contact: str
    event: str
    item: str
    at: dt.datetime


def happened(contact: Contact, event: str, item: str = "", at: dt.datetime | None = None) -> int:
    """Something happened to a contact. Does nothing where no score is published.

    Args:
        event: key of a scorable event.
        item: what it is about, as the id of an e-mail: several events about one item count once, so that this is
            harmless to repeat. Without it every call counts.
        at: when, if not now. Nothing that is yet to come.

    Returns:
        How many rules gave points.

    Raises:
        ValueError: no such event, or a time to come.
    """
    if event not in SCORABLE:
        raise ValueError(f"{event} is no event that can score")
    at = at or clock.now()
    if at > clock.now() + SOON:
        raise ValueError("what has not happened yet cannot score")
    return count([Happening(contact.merged_into or contact.pk, event, item or ids.new_id(), at)])


def count(happenings: Sequence[Happening]) -> int:
    """The same for many, in a fixed number of statements. Returns how many points were given, in lines."""
    rules = in_force()
    if not happenings or not any(rules.values()):
        return 0
    with transaction.atomic():
        fresh = keep(sorted(happenings, key=lambda one: (one.contact, one.event, one.item)))
        moves = [
            move_for(rule, one.contact, one.event, one.item, one.at)
            for one in sorted(fresh, key=lambda each: each.at)
            for rule in rules.get(one.event, ())
            if gives(rule, one.item, one.at)
        ]
        active = {one.contact for one in fresh if SCORABLE[one.event].is_activity}
        return post(moves, active=active)


def in_force() -> dict[str, list[ScoreRule]]:
    """{event: rules of published scores}, attribute rules under "". One query."""
    found: dict[str, list[ScoreRule]] = defaultdict(list)
    rows = ScoreRule.objects.filter(is_active=True, profile__is_published=True).select_related("profile")
    for rule in rows.order_by("profile_id", "position", "pk"):
        found[rule.event].append(rule)
    return found


def is_listening() -> bool:
    """Whether anything counts at this location. One query."""
    return bool(ScoreProfile.objects.filter(is_published=True).exists())


def gives(rule: ScoreRule, item: str, at: dt.datetime) -> bool:
    """Only what happens after a rule is there and its score is published counts."""
    begins = max(rule.date_added, rule.profile.published_at or rule.date_added)
    return at >= begins and rule.item in ("", item)


def move_for(rule: ScoreRule, contact: str, event: str, item: str, at: dt.datetime) -> Move:
    return Move(contact, rule.profile, rule.points, rule.name, at, rule=rule, event=event, item=item)


def keep(happenings: Iterable[Happening]) -> list[Happening]:
    """Store events of contacts that are there, and give back those that had not been stored."""
    rows = {(one.contact, one.event, one.item[:60]): one for one in reversed(list(happenings))}
    if not rows:
        return []
    place = scope.location_id()
    keys = sorted(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_scoreevent (id, location_id, contact_id, event, item, at)
            SELECT new.id, c.location_id, c.id, new.event, new.item, new.at
            FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[], %s::timestamptz[])
                AS new (id, contact_id, event, item, at)
            JOIN contacts_contact c ON c.id = new.contact_id AND c.location_id = %s AND c.deleted_at IS NULL
            ORDER BY c.id, new.event, new.item
            ON CONFLICT (contact_id, event, item) DO NOTHING RETURNING contact_id, event, item""",
            [
                [ids.new_id() for _ in keys], [key[0] for key in keys], [key[1] for key in keys],
                [key[2] for key in keys], [rows[key].at for key in keys], place,
            ],
        )  # fmt: skip
        return [rows[contact, event, item] for contact, event, item in cursor.fetchall()]


def give(contact: Contact, points: int, why: str, profile: ScoreProfile | None = None) -> int:
    """Add or subtract points by hand or from a workflow. Returns how many came through.

    Args:
        profile: the contact score where none is named.

    Raises:
        ScoreProfile.DoesNotExist: no contact score is published.
    """
    chosen = profile or ScoreProfile.objects.get(kind="contact", is_published=True)
    with transaction.atomic():
        contact.lock()
        before = contact.score
        post([Move(contact.pk, chosen, points, why, clock.now(), kind="given")])
        contact.lock()
    return contact.score - before
