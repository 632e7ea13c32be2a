"""What the demo's tags are worth, and the points that contacts have had for them."""

from __future__ import annotations

from contacts.models import Contact, ScoreEvent, ScoreLine, ScoreProfile, ScoreRule, Tag
from contacts.scoring import profiles
from contacts.scoring.ledger import clamp
from hoopai.demo.history import Chronicle
from objects.models import CustomField

WORTH = {"vip": 30, "quote sent": 25, "site visit done": 20, "past client": 20, "whole house": 15, "home show 2026": 10,
    "kitchen": 5, "price sensitive": -5, "supplier": -20}  # fmt: skip
LARGE = 60_000  # a budget that counts


def define(tags: list[Tag], fields: dict[str, CustomField]) -> dict[str, ScoreRule]:
    """Publish a contact score that counts tags, and leave a lead score as a draft; {id of a tag: its rule}."""
    profiles.prepare()
    score = ScoreProfile.objects.get(kind="contact")
    made = {
        tag.pk: profiles.add_rule(
            score, name=f"Tag {tag.name}", event="tag_added", item=tag.pk, points=WORTH[tag.name], most_ever=1
        )
        for tag in tags
        if tag.name in WORTH
    }
    score.publish()
    lead = ScoreProfile.objects.get(kind="lead")
    for name, points, condition in (
        ("Large budget", 25, {"field": f"customFields.{fields['Budget'].pk}", "operator": "gte", "value": LARGE}),
        ("Can be called", 10, {"field": "phone", "operator": "exists"}),
    ):
        profiles.add_rule(lead, name=name, conditions=[condition], points=points)
    return made


class Scores:
    """Collects the lines of the ledger of one location, to be written by the statement."""

    def __init__(self, chronicle: Chronicle, rules: dict[str, ScoreRule]) -> None:
        self.chronicle, self.rules = chronicle, rules
        self.events: list[ScoreEvent] = []
        self.lines: list[ScoreLine] = []

    def count(self, contact: Contact) -> None:
        """Points for the tags that the contact has been given by then."""
        at = self.chronicle.tagged_at.get(contact.pk)
        if at is None:
            return
        balance = 0
        for tag in contact.tags:
            self.events.append(ScoreEvent(contact=contact, event="tag_added", item=tag, at=at))
            rule = self.rules.get(tag)
            if rule is None:
                continue
            before, balance = balance, clamp(balance + rule.points, rule.profile.most)
            self.lines.append(
                ScoreLine(
                    contact=contact, profile=rule.profile, rule=rule, name=rule.name, event="tag_added", item=tag,
                    asked=rule.points, points=balance - before, balance=balance, at=at,
                )
            )  # fmt: skip
        if balance:
            contact.score = balance
            self.chronicle.tell(
                "contact.score_changed", contact, at, None, {"score": [0, balance]}, {"from": 0, "to": balance}
            )
