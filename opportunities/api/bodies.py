"""The bodies that opportunities are written with, and what they become."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from api.bodies import Body
from api.fields import Anything, Flag, Id, List, Nested, Number, OneOf, Text
from contacts.api.contact_bodies import CustomFieldInput
from core.errors import Invalid
from objects.models import CustomField
from opportunities.models.opportunity import MOST_FOLLOWERS, STATUSES

WORDS = tuple(name for name, _ in STATUSES)  # the contract lists "all" as well, which is no status
MOST_VALUE = 10**13
NAMES = {
    "pipeline": "pipelineId",
    "stage": "pipelineStageId",
    "value": "monetaryValue",
    "assigned_to": "assignedTo",
    "lost_reason": "lostReasonId",
    "contact": "contactId",
}
DIRECT = ("name", "pipeline", "stage", "status", "value", "assigned_to", "lost_reason", "source")


class Change(Body):
    pipelineId = Id(to="pipeline", example="0Wk3Zr7Xo2Vf9GqHbS4p")
    name = Text(most=200, trim=True, example="Website")
    pipelineStageId = Id(to="stage", example="0Wk3Zr7Xo2Vf9GqHbS4s")
    status = OneOf(*WORDS, example="open")
    monetaryValue = Number(least=0, most=MOST_VALUE, text=True, null=True, to="value", example=5200)
    assignedTo = Id(null=True, to="assigned_to")
    source = Text(most=200, null=True)
    lostReasonId = Id(null=True, to="lost_reason")
    customFields = List(Nested(CustomFieldInput), most=500, to="custom")


class Create(Change):
    pipelineId = Id(required=True, to="pipeline", example="0Wk3Zr7Xo2Vf9GqHbS4p")
    locationId = Id(required=True, to="location")
    name = Text(most=200, least=1, trim=True, required=True, example="Website")
    status = OneOf(*WORDS, required=True, example="open")
    contactId = Id(required=True, to="contact", example="0Wk3Zr7Xo2Vf9GqHbS4c")


class UpsertBody(Change):
    id = Id(to="opportunity", about="The opportunity to change; without it the contact's open one is looked for.")
    pipelineId = Id(required=True, to="pipeline", example="0Wk3Zr7Xo2Vf9GqHbS4p")
    locationId = Id(required=True, to="location")
    contactId = Id(to="contact", example="0Wk3Zr7Xo2Vf9GqHbS4c")
    followers = List(Id(), most=MOST_FOLLOWERS, about="Ids of users.")
    isRemoveAllFollowers = Flag(to="no_followers", default=False)
    followersActionType = OneOf("add", "remove", to="followers_action", default="add")

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        named = values.get("contact") or values.get("opportunity")
        return [] if named else ["contactId should not be empty"]


class StatusBody(Body):
    status = OneOf(*WORDS, required=True, example="won")
    lostReasonId = Id(null=True, to="lost_reason")


class FollowersBody(Body):
    followers = List(Id(), most=MOST_FOLLOWERS, required=True)


class FollowersRemoved(Body):
    followers = List(Id(), most=100, default=[])


class Details(Body):
    notes = Flag(default=False)
    tasks = Flag(default=False)
    calendarEvents = Flag(default=False, to="events")
    unReadConversations = Flag(default=False, to="unread")


class Sort(Body):
    field = Text(most=80, required=True, example="date_added")
    direction = OneOf("asc", "desc", default="asc")


class SearchBody(Body):
    locationId = Id(required=True)
    limit = Number(least=1, most=500, whole=True, text=True, required=True, example=20)
    page = Number(least=1, most=10_000, whole=True, text=True, example=1)
    searchAfter = List(Anything(str, int, float, deepest=0), most=4)
    query = Text(most=75, null=True)
    filters = List(Anything(dict, deepest=20, most=3000), most=100)
    sort = List(Nested(Sort), most=2)
    additionalDetails = Nested(Details, to="details")

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        if not values.get("searchAfter") and values.get("page", 1) * values["limit"] > 10_000:
            return ["page must not reach beyond 10000 results: use searchAfter"]
        return []


def given(body: dict[str, Any]) -> dict[str, Any]:
    """A read body as what `opportunities.dealing` takes. One query when custom fields are sent.

    Raises:
        Invalid: a custom field that does not exist.
    """
    values = {name: body[name] for name in DIRECT if name in body}
    if "custom" in body:
        values["custom"] = _by_id(body["custom"])
    return values


def _by_id(items: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {item["id"] for item in items if item.get("id")}
    keys = {item["key"].removeprefix("opportunity.") for item in items if not item.get("id")}
    known: dict[str, str] = {}
    fields = CustomField.objects.filter(model="opportunity").filter(Q(pk__in=ids) | Q(key__in=keys))
    for pk, key in fields.values_list("pk", "key"):
        known |= {pk: pk, key: pk}
    found: dict[str, Any] = {}
    for item in items:
        named = item.get("id") or item["key"].removeprefix("opportunity.")
        if named not in known:
            raise Invalid({f"customFields.{named}": "no such custom field"})
        found[known[named]] = item.get("field_value")
    return found
