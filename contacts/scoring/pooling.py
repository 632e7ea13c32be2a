"""Scores of contacts that become one: the ledgers are added up like any other, between 0 and the maximum."""

from __future__ import annotations

from contacts.models import Contact, ScoreLine, ScoreProfile
from contacts.scoring.ageing import settle
from core import clock


def pool(contact: Contact, merge_id: str) -> None:
    """Bring the balances of a contact that took over others' lines to what all its lines come to in their order.

    `contact.score` holds the plain sum of the scores and is brought along.
    """
    settle([contact.pk], ScoreProfile.objects.all(), "merge", "Merged", item=merge_id)
    contact.refresh_from_db(fields=["score"])


def part(merge_id: str) -> None:
    """Take back what `pool` wrote; the score itself is the undoing's to give back. Two statements."""
    now = clock.now()
    held = ScoreLine.objects.filter(kind="merge", item=merge_id)
    ScoreLine.objects.bulk_create(
        ScoreLine(
            contact_id=line.contact_id, profile_id=line.profile_id, kind="merge", name="Merge undone", item=merge_id,
            asked=-line.asked, points=-line.points, balance=line.balance - line.points, at=now,
        )
        for line in held
    )  # fmt: skip
