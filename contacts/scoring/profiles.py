"""Setting scores up: the two profiles of a location, and changing their rules."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import current
from contacts.filters.tree import BadFilter, parse
from contacts.models import ScoreProfile, ScoreRule
from contacts.models.scoring import MOST_RULES
from contacts.scoring.events import SCORABLE, STARTING, label_of
from core.errors import Invalid, LimitReached

BEGINNING = {
    "contact": ("Contact score", "What a contact does: opens, replies, books."),
    "lead": ("Lead score", "Who a contact is, together with what it does."),
}


def prepare() -> None:
    """Give the location its two profiles as drafts, the contact score with its starting rules. Harmless to repeat."""
    there = set(ScoreProfile.objects.values_list("kind", flat=True))
    if there >= BEGINNING.keys():
        return
    with transaction.atomic():
        current.location().lock()  # two people may open the page at once
        there = set(ScoreProfile.objects.values_list("kind", flat=True))
        for kind, (name, description) in BEGINNING.items():
            if kind in there:
                continue
            profile = ScoreProfile.record_new(kind=kind, name=name, description=description)
            for number, (event, points) in enumerate(STARTING if kind == "contact" else ()):
                ScoreRule.record_new(profile=profile, name=label_of(event), event=event, points=points, position=number)


def add_rule(profile: ScoreProfile, **values: Any) -> ScoreRule:
    """Add a rule; what happens from now on counts.

    Raises:
        Invalid: {field: sentence}. LimitReached: the profile has a hundred.
    """
    with transaction.atomic():
        profile.lock()
        if profile.rules.count() >= MOST_RULES:
            raise LimitReached(f"A score can have {MOST_RULES} rules. Delete one first.")
        last = profile.rules.aggregate(last=Max("position"))["last"]
        return ScoreRule.record_new(profile=profile, position=(last or 0) + 1, **_settled(profile, values))


def change_rule(rule: ScoreRule, **values: Any) -> None:
    """Change a rule; points that were given stay as they are.

    Raises:
        Invalid: {field: sentence}; nothing is changed.
    """
    rule.change(**_settled(rule.profile, values))


def _settled(profile: ScoreProfile, values: dict[str, Any]) -> dict[str, Any]:
    event, conditions = values.get("event", ""), values.get("conditions") or []
    if event and event not in SCORABLE:
        raise Invalid({"event": "there is no such event"})
    if bool(event) == bool(conditions):
        raise Invalid({"event": "choose an event, or conditions"})
    if conditions:
        if profile.kind != "lead":
            raise Invalid({"conditions": "only a lead score has rules with conditions"})
        if values.get("expires_days"):
            raise Invalid({"expires_days": "points for conditions last as long as the conditions hold"})
        try:
            conditions = parse(conditions).as_json()
        except BadFilter as error:
            raise Invalid({"list": f"these conditions cannot be used: {error}"}) from None
    name = " ".join(str(values.get("name") or "").split()) or label_of(event)
    return {**values, "name": name[:100], "conditions": conditions}
