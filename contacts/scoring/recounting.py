"""Counting a score anew from the stored events and the rules of today. What was given by hand stays."""

from __future__ import annotations

import time
from collections import defaultdict

from django.db import transaction

from contacts.models import Contact, ScoreEvent, ScoreLine, ScoreProfile, ScoreRule
from contacts.scoring.ageing import settle
from contacts.scoring.attributes import matching
from contacts.scoring.counting import gives, move_for
from contacts.scoring.ledger import Move, _line, _Used, lock
from core import clock

BATCH = 500


def recount(profile: ScoreProfile, after: str = "", seconds: float = 100.0) -> str | None:
    """Work through the contacts by id, batch by batch.

    Args:
        after: the contact to go on after.
        seconds: how long this turn may take.

    Returns:
        The last contact done, to go on after; None when all are done.
    """
    until = time.monotonic() + seconds
    rules = list(profile.rules.filter(is_active=True).select_related("profile").order_by("position", "pk"))
    while True:
        batch = list(Contact.objects.live().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not batch:
            return None
        _batch(profile, rules, batch)
        after = batch[-1]
        if time.monotonic() > until:
            return after


def _batch(profile: ScoreProfile, rules: list[ScoreRule], batch: list[str]) -> None:
    """Replace the lines that rules wrote by those they would write today, then settle the balance."""
    now = clock.now()
    by_event: dict[str, list[ScoreRule]] = defaultdict(list)
    for rule in rules:
        by_event[rule.event].append(rule)
    with transaction.atomic():
        held = lock(batch)
        old = ScoreLine.objects.filter(contact_id__in=batch, profile=profile, kind__in=("rule", "ended"))
        old.filter(is_over=False).update(is_over=True)
        old.update(expires_at=None)  # replaced: no longer counts towards a rule's limits
        events = ScoreEvent.objects.filter(contact_id__in=batch, event__in=[key for key in by_event if key])
        moves: list[Move] = [
            move_for(rule, one.contact_id, one.event, one.item, one.at)
            for one in events.order_by("at", "pk")
            if one.contact_id in held
            for rule in by_event[one.event]
            if gives(rule, one.item, one.at)
        ]
        for rule in by_event[""]:
            moves += [move_for(rule, pk, "", "", now) for pk in sorted(matching(rule, batch) or ())]
        used = _Used(moves)
        lines = []
        for move in moves:
            if used.room(move):
                used.take(move)
                line = _line(move, 0, 0)
                line.is_over = bool(line.expires_at and line.expires_at <= now)
                lines.append(line)
        ScoreLine.objects.bulk_create(lines, batch_size=1000)
        settle(batch, [profile], "recount", "Recalculated")
