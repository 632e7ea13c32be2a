"""Searching opportunities: the list with its query, and the advanced search with filters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from accounts import current
from api.fields import Date, Flag, Id, Number, OneOf, Text
from api.pagination import FARTHEST, start_after, start_after_meta
from api.resources import Resource, operation
from core import clock
from core.errors import Refused
from opportunities.api import orders, shapes
from opportunities.api.bodies import WORDS, SearchBody
from opportunities.api.filters import compiled
from opportunities.api.orders import Order
from opportunities.api.shapes import OPPORTUNITY


class ListQuery(start_after(20, 100)):  # type: ignore[misc]
    location_id = Id(required=True, also=("locationId",))
    q = Text(most=75, also=("query",), about="Words of its name, or of the contact.")
    pipeline_id = Id(also=("pipelineId",))
    pipeline_stage_id = Id(also=("pipelineStageId",))
    contact_id = Id(also=("contactId",))
    status = OneOf(*WORDS, "all")
    assigned_to = Id(also=("assignedTo",))
    campaignId = Id(about="No opportunity belongs to a campaign yet: any id finds none.")
    id = Id()
    order = Text(most=60, default="added_desc", example="added_asc", about="added, updated, name, value, "
        "status_change or stage_change, followed by _asc or _desc.")  # fmt: skip
    date = Date(to="since", about="mm-dd-yyyy: created on this day or later.")
    endDate = Date(to="until", about="mm-dd-yyyy: created on this day or earlier.")
    country = Text(most=2, about="Two letters: the country of the contact.")
    page = Number(least=1, most=FARTHEST, whole=True, text=True, default=1)
    getTasks = Flag(to="tasks", default=False)
    getNotes = Flag(to="notes", default=False)
    getCalendarEvents = Flag(to="events", default=False)

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        if not values.get("startAfterId") and values["page"] * values["limit"] > FARTHEST:
            return [f"page must not reach beyond {FARTHEST} results: use startAfter and startAfterId"]
        return []


COLUMNS = {
    "pipeline_id": "pipeline_id",
    "pipeline_stage_id": "stage_id",
    "contact_id": "contact_id",
    "assigned_to": "assigned_to_id",
    "id": "pk",
}
META = {
    "total": 1,
    "nextPageUrl": None,
    "startAfterId": None,
    "startAfter": None,
    "currentPage": 1,
    "nextPage": None,
    "prevPage": None,
}


class Search(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"

    @operation(
        query=ListQuery,
        title="Search opportunities",
        example={"opportunities": [OPPORTUNITY], "meta": META, "aggregations": {}},
    )
    def get(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.query
        found = narrowed(asked)
        order = orders.of_words(asked["order"])
        total = found.count()
        page = orders.sort(found, [order])
        first = 0
        if asked.get("startAfterId"):
            given = [asked["startAfter"]] if asked.get("startAfter") is not None and order.is_moment else []
            page = orders.behind(page, [order], asked["startAfterId"], given)
        elif asked.get("startAfter") is not None:
            page = _from(page, order, asked["startAfter"])
        else:
            first = (asked["page"] - 1) * asked["limit"]
        rows = list(shapes.rows(page, *_marks([order]))[first : first + asked["limit"] + 1])
        seen = rows[: asked["limit"]]
        meta = start_after_meta(
            request, seen, len(rows) > asked["limit"], total, lambda row: (_epoch(order, row), row["id"])
        )
        answered = shapes.with_details(
            [shapes.shown(row) for row in seen], asked["notes"], asked["tasks"], asked["events"]
        )
        return {"opportunities": answered, "meta": meta, "aggregations": {}}

    @operation(
        body=SearchBody,
        scope="opportunities.readonly",
        title="Search opportunities with filters",
        about="Conditions {field, operator, value} and groups {group, filters}, joined by AND at the top.",
        example={"opportunities": [OPPORTUNITY], "total": 1, "aggregations": {}},
        atomic=False,
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.body
        found = shapes.live()
        if asked.get("filters"):
            found = found.filter(compiled(asked["filters"]))
        if asked.get("query"):
            found = found.search(asked["query"])
        wanted = [orders.of_field(one["field"], one["direction"] == "desc") for one in asked.get("sort") or ()]
        wanted = wanted or [Order("date_added", True)]
        page = orders.sort(found, wanted)
        first = (asked.get("page", 1) - 1) * asked["limit"]
        if asked.get("searchAfter"):
            *given, pk = asked["searchAfter"]
            page, first = orders.behind(page, wanted, str(pk), given), 0
        rows = list(shapes.rows(page, *_marks(wanted))[first : first + asked["limit"]])
        details = asked.get("details") or {}
        answered = [
            {**shapes.shown(row), "searchAfter": [*(one.mark(row) for one in wanted), row["id"]]} for row in rows
        ]
        shapes.with_details(answered, *(bool(details.get(name)) for name in ("notes", "tasks", "events")))
        return {"opportunities": answered, "total": found.count(), "aggregations": {}}


def narrowed(asked: dict[str, Any]) -> Any:
    """The opportunities a list's query asks for."""
    found = shapes.live()
    for name, column in COLUMNS.items():
        if asked.get(name):
            found = found.filter(**{column: asked[name]})
    if asked.get("campaignId"):
        found = found.none()
    if asked.get("status", "all") != "all":
        found = found.filter(status=asked["status"])
    if asked.get("country"):
        found = found.filter(contact__country=asked["country"].upper())
    zone = current.location().zone
    if asked.get("since"):
        found = found.filter(date_added__gte=_midnight(asked["since"], zone))
    if asked.get("until"):
        found = found.filter(date_added__lt=_midnight(asked["until"], zone, 1))
    return found.search(asked["q"]) if asked.get("q") else found


def _midnight(day: dt.date, zone: dt.tzinfo, later: int = 0) -> dt.datetime:
    try:
        return clock.midnight(day + dt.timedelta(days=later), zone).astimezone(dt.UTC)
    except OverflowError:
        raise Refused("date and endDate must lie within the calendar") from None


def _marks(wanted: list[Order]) -> list[str]:
    return [one.column for one in wanted if one.column not in shapes.COLUMNS]


def _from(page: Any, order: Order, milliseconds: Any) -> Any:
    if not order.is_moment:
        raise Refused("startAfter needs startAfterId where the order is no time")
    return page.filter(**{f"{order.column}__{'lt' if order.down else 'gt'}": orders.moment(milliseconds)})


def _epoch(order: Order, row: dict[str, Any]) -> int:
    return clock.epoch_ms(row[order.column] if order.is_moment else row["date_added"])
