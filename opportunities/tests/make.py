"""Builders of the opportunities app."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact
from contacts.tests import make as contacts_make
from opportunities.models import LostReason, Opportunity, Pipeline, Stage

STAGES = (("New", 10), ("Meeting", 25), ("Proposal", 50), ("Negotiation", 75), ("Closing", 100))


def pipeline(name: str = "Sales", stages: tuple[tuple[str, int], ...] = STAGES, **fields: Any) -> Pipeline:
    """A pipeline with stages of (name, probability per cent), in this order."""
    row = Pipeline.record_new(name=name, **fields)
    for place, (title, probability) in enumerate(stages):
        Stage.record_new(pipeline=row, name=title, position=place, probability=probability)
    return row


def stages(of: Pipeline) -> list[Stage]:
    return list(of.stages.order_by("position", "pk"))


def opportunity(
    name: str = "Website",
    *,
    contact: Contact | None = None,
    stage: Stage | None = None,
    value: float = 0,
    **fields: Any,
) -> Opportunity:
    """An opportunity; without a contact or stage, of a new contact in the first stage of the first pipeline.

    `value` is in whole units of the currency.
    """
    if stage is None:
        found = fields.pop("pipeline", None) or Pipeline.objects.live().first() or pipeline()
        stage = stages(found)[0]
    return Opportunity.record_new(
        name=name,
        contact=contact or contacts_make.contact(),
        stage=stage,
        pipeline_id=stage.pipeline_id,
        value_cents=round(value * 100),
        **fields,
    )


def lost_reason(name: str = "Too expensive") -> LostReason:
    return LostReason.record_new(name=name)
