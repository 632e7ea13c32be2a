"""Writing lines into the ledger of scores, for many contacts in a fixed number of statements.

A profile's balance is what its valid lines come to when they are added up in their order, never below 0 and never above
the maximum. A contact's score moves by what its lines let through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from contacts.models import Contact, ScoreLine, ScoreProfile, ScoreRule
from core import clock, scope
from journal.models import entry_for
from journal.recorded import quietly
from journal.writing import write_many


@dataclass(frozen=True)
class Move:
    """Points that are to be given to a contact."""

    contact: str
    profile: ScoreProfile
    points: int
    name: str
    at: dt.datetime
    kind: str = "rule"
    rule: ScoreRule | None = None
    event: str = ""
    item: str = ""


def clamp(balance: int, most: int) -> int:
    return max(0, min(most, balance))


def replay(points: Iterable[int], most: int) -> int:
    """What points come to when they are given one after the other."""
    balance = 0
    for each in points:
        balance = clamp(balance + each, most)
    return balance


def lock(contact_ids: Iterable[str]) -> dict[str, Contact]:
    """The live contacts, locked in one order until the transaction ends."""
    rows = Contact.objects.live().filter(pk__in=set(contact_ids)).order_by("pk")
    return {row.pk: row for row in rows.only("id", "location_id", "score").select_for_update(no_key=True)}


def balances(contact_ids: Iterable[str], profiles: Iterable[ScoreProfile]) -> dict[tuple[str, str], int]:
    """{(contact, profile): balance}. One query."""
    rows = ScoreLine.objects.filter(contact_id__in=list(contact_ids), profile__in=list(profiles))
    summed = rows.order_by().values_list("contact_id", "profile_id").annotate(Sum("points"))
    return {(contact, profile): int(points or 0) for contact, profile, points in summed}


def post(moves: Sequence[Move], *, active: Iterable[str] = ()) -> int:
    """Write lines in the order of `moves` and move the scores. Contacts in the trash are passed over.

    A rule's limits are held here, so that nothing counts twice when two workers meet.

    Args:
        active: contacts that did something themselves.

    Returns:
        How many lines were written.
    """
    doers = set(active)
    if not moves and not doers:
        return 0
    with transaction.atomic():
        held = lock({move.contact for move in moves} | doers)
        moves = [move for move in moves if move.contact in held]
        now_at = balances(held, {move.profile.pk: move.profile for move in moves}.values())
        used = _Used(moves)
        lines: list[ScoreLine] = []
        changed: dict[str, int] = {}
        for move in moves:
            if move.kind == "rule" and not used.room(move):
                continue
            key = (move.contact, move.profile.pk)
            before = max(0, now_at.get(key, 0))
            balance = clamp(before + move.points, max(move.profile.most, before))
            if move.kind == "rule":
                used.take(move)
            elif balance == before:
                continue
            now_at[key] = balance
            changed[move.contact] = changed.get(move.contact, 0) + balance - before
            lines.append(_line(move, balance - before, balance))
        ScoreLine.objects.bulk_create(lines, batch_size=1000)
        _move_scores(held, changed, doers & held.keys())
    return len(lines)


class _Used:
    """How often rules have counted for contacts, ever and today."""

    def __init__(self, moves: Sequence[Move]) -> None:
        limited = [
            move
            for move in moves
            if move.kind == "rule" and move.rule and (move.rule.most_ever or move.rule.most_per_day)
        ]
        self.ever: dict[tuple[str, str], int] = {}
        self.days: dict[tuple[str, str, dt.date], int] = {}
        if not limited:
            return
        rows = ScoreLine.objects.filter(
            contact_id__in={move.contact for move in limited}, rule__in={move.rule.pk for move in limited if move.rule},
            kind="rule",
        ).exclude(Q(is_over=True) & Q(expires_at=None))  # fmt: skip
        for contact, rule, day, number in (
            rows.order_by().values_list("contact_id", "rule_id", "at__date").annotate(Count("pk"))
        ):
            self.ever[contact, rule] = self.ever.get((contact, rule), 0) + number
            self.days[contact, rule, day] = number

    def room(self, move: Move) -> bool:
        rule = move.rule
        if rule is None:
            return True
        ever = self.ever.get((move.contact, rule.pk), 0)
        today = self.days.get((move.contact, rule.pk, move.at.astimezone(dt.UTC).date()), 0)
        return not (
            (rule.most_ever is not None and ever >= rule.most_ever)
            or (rule.most_per_day is not None and today >= rule.most_per_day)
        )

    def take(self, move: Move) -> None:
        if move.rule is not None:
            day = move.at.astimezone(dt.UTC).date()
            self.ever[move.contact, move.rule.pk] = self.ever.get((move.contact, move.rule.pk), 0) + 1
            key = (move.contact, move.rule.pk, day)
            self.days[key] = self.days.get(key, 0) + 1


def _line(move: Move, points: int, balance: int) -> ScoreLine:
    days = move.rule.expires_days if move.rule and move.kind == "rule" else None
    return ScoreLine(
        contact_id=move.contact, profile=move.profile, rule=move.rule, kind=move.kind, name=move.name[:100],
        event=move.event, item=move.item, asked=move.points, points=points, balance=balance, at=move.at,
        expires_at=move.at + dt.timedelta(days=days) if days else None,
    )  # fmt: skip


def _move_scores(held: dict[str, Contact], changed: dict[str, int], active: set[str]) -> None:
    """One statement for the scores, one for the entries that tell of them."""
    wanted = {pk: max(0, held[pk].score + by) for pk, by in changed.items()}
    news = {pk: score for pk, score in wanted.items() if score != held[pk].score}
    if news:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE contacts_contact c SET score = new.score
                FROM unnest(%s::varchar[], %s::int[]) AS new (id, score)
                WHERE c.id = new.id AND c.location_id = %s""",
                [list(news), list(news.values()), scope.location_id()],
            )
        write_many(
            [
                entry_for(
                    "contact.score_changed", held[pk], {"score": [held[pk].score, score]},
                    {"from": held[pk].score, "to": score},
                )
                for pk, score in news.items()
            ]
        )  # fmt: skip
        for pk, score in news.items():
            held[pk].score = score
    if active:
        with quietly(reason="a derived time, no news to anybody"):
            now = clock.now()
            Contact.objects.filter(pk__in=active, last_activity_at__lt=now).update(last_activity_at=now)
