"""The demo's pipelines and what lies in them: deals that are fresh, stale, won, lost and given up."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from accounts import current
from accounts.models import Location, User
from accounts.models.membership import actor_at
from contacts.models import Contact
from core import clock
from opportunities import dealing, lost_reasons, pipelines
from opportunities.models import LostReason, Opportunity, Pipeline, Stage

DAY = dt.timedelta(days=1)
# name, per cent, days until a deal in it is stale
STAGES: dict[str, list[tuple[str, int, int | None]]] = {
    "Renovations": [
        ("Enquiry", 10, 7),
        ("Site visit", 25, 14),
        ("Concept", 40, 21),
        ("Quote sent", 60, 14),
        ("Agreement", 85, 10),
    ],
    "Care plans": [("First call", 20, 7), ("Trial visit", 50, None), ("Plan offered", 75, 14)],
}
REASONS = ["Too expensive", "Chose another firm", "Permit refused", "Postponed for now", "No answer any more"]
# how many of a pipeline's deals are open in each of its stages, then how many are won, lost and abandoned
SHAPES = {"Renovations": ([8, 7, 6, 5, 3], 8, 6, 2), "Care plans": ([4, 3, 3], 4, 2, 0)}
SMALL = ([3, 2, 2, 2, 1], 2, 1, 0)
WORDS = {
    "Renovations": [
        "kitchen with a larder", "bathroom under the roof", "loft room", "garden room", "ground floor without steps",
        "two flats into one house", "extension to the garden", "new stairs", "hall and entrance", "kitchen island",
    ],
    "Care plans": ["yearly check of the roof", "oil and repair of the floors", "gutters twice a year", "garden room care"],
}  # fmt: skip
AMOUNTS: dict[str, list[float]] = {
    "Renovations": [9, 14, 18, 26, 32, 48, 64, 88, 120, 165],
    "Care plans": [0.6, 0.9, 1.2, 1.8, 2.4],
}


def define(tints: list[str]) -> list[Pipeline]:
    """Both pipelines in the present location, the second with a probability for each deal."""
    made = []
    for name, stages in STAGES.items():
        rows = [
            {"name": title, "probability": per_cent, "stale_after_days": days, "colour": tints[place % len(tints)]}
            for place, (title, per_cent, days) in enumerate(stages)
        ]
        made.append(pipelines.add(name, rows, own_probability=name == "Care plans"))
    return made


def reasons() -> list[LostReason]:
    return [lost_reasons.add(name) for name in REASONS]


class Desk:
    """Makes the deals of one location, each at the pace of its own story."""

    def __init__(self, place: Location, draw: random.Random, team: list[User], people: list[Contact]) -> None:
        self.place, self.draw = place, draw
        self.actors = {user.pk: actor_at(user, place) for user in team}
        known = [one for one in people if one.deleted_at is None and one.date_added < clock.now() - 120 * DAY]
        chosen = [one for one in known if one.email and one.assigned_to_id in self.actors]
        draw.shuffle(chosen)
        self.people = chosen
        self.reasons = reasons()

    def fill(self, pipeline: Pipeline, shape: tuple[list[int], int, int, int]) -> list[Opportunity]:
        """Deals in every stage, and ended ones; fewer where there are too few contacts."""
        stages = list(pipeline.stages.order_by("position", "pk"))
        open_, won, lost, abandoned = shape
        wanted: list[tuple[int, str]] = [(at, "open") for at, number in enumerate(open_) for _ in range(number)]
        wanted += [(len(stages) - 1, "won")] * won
        wanted += [(self.draw.randrange(len(stages)), "lost") for _ in range(lost)]
        wanted += [(0, "abandoned")] * abandoned
        self.draw.shuffle(wanted)
        made = []
        for at, status in wanted:
            if not self.people:
                break
            made.append(self.deal(self.people.pop(), stages[: at + 1], status))
        return made

    def deal(self, contact: Contact, path: list[Stage], status: str) -> Opportunity:
        """One deal from its first stage to where it stands; every step at a moment of its own."""
        draw, pipeline = self.draw, path[0].pipeline
        named = WORDS.get(pipeline.name, WORDS["Renovations"])
        amounts = AMOUNTS.get(pipeline.name, AMOUNTS["Renovations"])
        stay = path[-1].stale_after_days or 20
        standing = draw.uniform(0.2, 0.9) * stay if draw.random() < 0.7 else stay + draw.uniform(1, 25)
        if status != "open":
            standing = draw.uniform(2, 70)
        steps = [draw.uniform(2, 9) for _ in path[1:]]
        ago = standing + sum(steps)
        closes = self._closes(status, standing)
        with current.at(self.place, actor=self.actors[contact.assigned_to_id], via="ui"):
            with clock.moved(-ago * DAY):
                held = dealing.add(
                    contact,
                    stage=path[0],
                    name=f"{contact.last_name or contact.first_name}: {draw.choice(named)}",
                    value=int(draw.choice(amounts) * 1000) + draw.choice([0, 0, 250, 400, 780]),
                    assigned_to=contact.assigned_to_id if draw.random() < 0.9 else None,
                    source=contact.source,
                    business=contact.business_id,
                    expected_close_on=closes,
                    forecast_category=draw.choice(["pipeline", "pipeline", "best_case", "commit"]),
                    tags=draw.sample(["vip", "waiting for permit", "price sensitive"], draw.choice([0, 0, 0, 1, 2])),
                    **({"probability": draw.choice([30, 55, 70])} if pipeline.own_probability else {}),
                )
            for stage, left in zip(path[1:], _left(steps, standing), strict=True):
                with clock.moved(-left * DAY):
                    held.move_to(stage)
            self._end(held, status, standing)
            if status == "open" and closes and draw.random() < 0.2:
                with clock.moved(-standing / 2 * DAY):
                    held.reschedule(closes + draw.randint(7, 30) * DAY)
        return held

    def _closes(self, status: str, standing: float) -> dt.date | None:
        if self.draw.random() < 0.12:
            return None
        ahead = self.draw.randint(-6, 85) if status == "open" else round(-standing)
        return clock.today(self.place.zone) + ahead * DAY

    def _end(self, held: Opportunity, status: str, standing: float) -> None:
        if status == "open":
            return
        given: dict[str, Any] = {"lost_reason": self.draw.choice(self.reasons)} if status == "lost" else {}
        with clock.moved(-standing * 0.8 * DAY):
            held.set_status(status, **given)


def _left(steps: list[float], standing: float) -> list[float]:
    """How many days ago each step was taken."""
    return [standing + sum(steps[at + 1 :]) for at in range(len(steps))]
