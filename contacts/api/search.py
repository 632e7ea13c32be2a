"""Advanced search: the filter language of smart lists, held to the operators that the contract documents."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.errors import ApiError
from api.fields import Anything, Id, List, Nested, OneOf, Text
from api.pagination import page_or_search_after
from api.resources import Resource, operation
from contacts.api import shapes
from contacts.api.contacts import CONTACT, live
from contacts.filters import compile_tree, parse, sorting
from contacts.models.querysets import LONGEST_QUERY


class SortBody(Body):
    field = Text(most=80, required=True, example="dateAdded")
    direction = OneOf("asc", "desc", default="asc")


class SearchBody(page_or_search_after(500)):
    locationId = Id(required=True)
    query = Text(most=LONGEST_QUERY, null=True)
    filters = List(Anything(dict, deepest=20, most=3000), most=100)
    sort = List(Nested(SortBody), most=2)


class Search(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(
        body=SearchBody,
        scope="contacts.readonly",
        title="Search contacts",
        about="Conditions {field, operator, value} and groups {group, filters}, joined by AND at the top.",
        example={"contacts": [CONTACT], "total": 1},
        atomic=False,
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        asked = self.body
        found = live()
        if asked.get("filters"):
            found = found.filter(compile_tree(parse(asked["filters"], wire=True)))
        if asked.get("query"):
            found = found.search(asked["query"])
        orders = [_order(one) for one in asked.get("sort") or ()] or [sorting.order("-dateAdded")]
        page = sorting.sort(found, orders)
        size = asked["pageLimit"]
        if asked.get("searchAfter"):
            page = sorting.after(page, orders, asked["searchAfter"])
            first = 0
        else:
            first = (asked.get("page", 1) - 1) * size
        marks = [one.alias for one in orders if one.alias not in shapes.COLUMNS]
        rows = list(shapes.rows(page, *dict.fromkeys(marks))[first : first + size])
        return {"contacts": [shapes.searched(row, orders) for row in rows], "total": found.count()}


def _order(one: dict[str, Any]) -> sorting.Order:
    if one["field"] not in sorting.ON_WIRE:
        raise ApiError(400, f"Invalid field {one['field']}")
    return sorting.order(("-" if one["direction"] == "desc" else "") + one["field"])
