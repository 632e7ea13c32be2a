"""What of this app is counted against a company's plan."""

from __future__ import annotations

from billing.meters import define
from contacts.meters import places_of
from opportunities.models import Pipeline


def pipelines(company_id: str) -> int:
    rows = Pipeline.objects.everywhere(reason="a plan counts all of a company").live()
    return int(rows.filter(location__in=places_of(company_id)).count())


define("pipelines", "Pipelines", "pipeline", pipelines, "New pipelines are refused")
