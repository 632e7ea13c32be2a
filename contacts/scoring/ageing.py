"""What time does to scores: points expire, and a profile fades without activity. Nightly, for many contacts at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max

from accounts.models.location import working
from contacts.models import Contact, ScoreLine, ScoreProfile
from contacts.scoring.ledger import Move, balances, lock, post, replay
from core import clock

BATCH = 1000


def expire() -> int:
    """Let the points of the location whose time is over go, a batch of contacts at a time. Returns how many lines.

    What is left is what the other lines come to by themselves, as if the expired ones had never been.
    """
    count = 0
    now = clock.now()
    while True:
        with transaction.atomic():
            due = ScoreLine.objects.filter(is_over=False, expires_at__lte=now, profile__is_published=True)
            contacts = list(due.order_by().values_list("contact_id", flat=True).distinct()[:BATCH])
            lock(contacts)
            gone = ScoreLine.objects.filter(
                contact_id__in=contacts, is_over=False, expires_at__lte=now, profile__is_published=True
            ).update(is_over=True)
            if not gone:
                return count
            settle(contacts, ScoreProfile.objects.filter(is_published=True), "expiry", "Points expired")
        count += gone


def settle(contacts: Iterable[str], profiles: Iterable[ScoreProfile], kind: str, name: str, item: str = "") -> None:
    """Bring balances to what the lines that are not over come to. Three queries and what `post` needs."""
    chosen = {profile.pk: profile for profile in profiles}
    wanted = list(contacts)
    held = balances(wanted, chosen.values())
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    valid = ScoreLine.objects.filter(contact_id__in=wanted, profile__in=list(chosen), is_over=False)
    for contact, profile, asked in (
        valid.exclude(kind__in=("expiry", "recount", "merge"))
        .order_by("at", "pk")
        .values_list("contact_id", "profile_id", "asked")
    ):
        lines[contact, profile].append(asked)
    now = clock.now()
    moves = []
    for (contact, profile), balance in held.items():
        target = replay(lines[contact, profile], chosen[profile].most)
        if target != balance:
            moves.append(Move(contact, chosen[profile], target - balance, name, now, kind=kind, item=item))
    post(moves)


def fade(profile: ScoreProfile) -> int:
    """Take points from contacts for every so many days in which nothing was heard of them. Returns how many contacts."""
    if not profile.is_published or not profile.decay_days or not profile.decay_points:
        return 0
    now = clock.now()
    since = now - dt.timedelta(days=profile.decay_days)
    count, after = 0, ""
    while True:
        idle = Contact.objects.live().filter(score__gt=0, last_activity_at__lte=since, pk__gt=after).order_by("pk")
        batch = list(idle.values_list("pk", flat=True)[:BATCH])
        if not batch:
            return count
        after = batch[-1]
        with transaction.atomic():
            lock(batch)
            faded = _last(batch, profile, "decay")
            given = _last(batch, profile, "rule")
            held = balances(batch, [profile])
            moves = [
                Move(pk, profile, -min(profile.decay_points, held[pk, profile.pk]), "No activity", now, kind="decay")
                for pk in batch
                if held.get((pk, profile.pk), 0) > 0
                and max(faded.get(pk, profile.date_added), given.get(pk, profile.date_added)) <= since
            ]
            count += post(moves)


def _last(contacts: list[str], profile: ScoreProfile, kind: str) -> dict[str, dt.datetime]:
    rows = ScoreLine.objects.filter(contact_id__in=contacts, profile=profile, kind=kind).order_by()
    return dict(rows.values_list("contact_id").annotate(Max("at")))


def places_with_scores() -> list[tuple[str, str]]:
    """(company, location) of every location where a score is published and may change."""
    published = ScoreProfile.objects.everywhere(reason="scores age everywhere").filter(working(), is_published=True)
    return list(published.order_by("location_id").values_list("location__company_id", "location_id").distinct())


def age() -> None:
    """Expire and fade at this location."""
    expire()
    for profile in ScoreProfile.objects.filter(is_published=True):
        fade(profile)
