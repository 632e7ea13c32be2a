"""Pipelines with their stages, and lost reasons."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Flag, Id, Text
from api.pagination import cut, skip_limit
from api.resources import Resource, operation
from core import clock, scope
from opportunities.models import LostReason, Pipeline
from opportunities.pipelines import MOST_PIPELINES

PIPELINE = {
    "id": "0Wk3Zr7Xo2Vf9GqHbS4p",
    "name": "Sales",
    "stages": [
        {
            "id": "0Wk3Zr7Xo2Vf9GqHbS4s",
            "name": "New",
            "position": 0,
            "showInFunnel": True,
            "showInPieChart": True,
        }
    ],
    "showInFunnel": True,
    "showInPieChart": True,
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "colorRenderMode": "dot",
}
REASON = {"id": "0Wk3Zr7Xo2Vf9GqHbS4r", "name": "Too expensive", "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t"}


class PipelinesQuery(Body):
    locationId = Id(required=True)


class Pipelines(Resource):
    reads = "opportunities.readonly"

    @operation(query=PipelinesQuery, title="Get pipelines", example={"pipelines": [PIPELINE]})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        found = Pipeline.objects.live().visible_to(scope.current().actor).prefetch_related("stages")
        return {"pipelines": [pipeline(row) for row in found[:MOST_PIPELINES]]}


def pipeline(row: Pipeline) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "stages": [
            {
                "id": stage.pk,
                "name": stage.name,
                "position": stage.position,
                "showInFunnel": stage.show_in_funnel,
                "showInPieChart": stage.show_in_pie_chart,
            }
            for stage in row.stages.all()
        ],
        "showInFunnel": row.show_in_funnel,
        "showInPieChart": row.show_in_pie_chart,
        "locationId": row.location_id,
        "colorRenderMode": row.colour_mode,
        "dateAdded": clock.iso(row.date_added),
        "dateUpdated": clock.iso(row.date_updated),
    }


class ReasonsQuery(skip_limit(100, 100)):  # type: ignore[misc]
    locationId = Id(required=True)
    name = Text(most=100, about="The whole name, case aside.")
    query = Text(most=100, about="A part of the name.")
    deleted = Flag(default=False, about="Deleted reasons are not kept: true finds none.")
    getCount = Flag(default=True, to="count")


class LostReasons(Resource):
    reads = "opportunities.readonly"

    @operation(query=ReasonsQuery, title="Get lost reasons", example={"lostReasons": [REASON], "total": 1})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.query
        found = LostReason.objects.none() if asked["deleted"] else LostReason.objects.all()
        if asked.get("name"):
            found = found.filter(name__iexact=asked["name"].strip())
        if asked.get("query"):
            found = found.filter(name__icontains=asked["query"].strip())
        answer: dict[str, Any] = {"lostReasons": [reason(row) for row in cut(found, asked)]}
        return {**answer, "total": found.count()} if asked["count"] else answer


def reason(row: LostReason) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "locationId": row.location_id,
        "createdAt": clock.iso(row.date_added),
        "updatedAt": clock.iso(row.date_updated),
    }
