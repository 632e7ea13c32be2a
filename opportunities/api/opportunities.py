"""Opportunities: create, read, change, delete, status, upsert."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.resources import Resource, operation
from contacts.models import Contact
from core import scope
from core.errors import Invalid, Refused
from opportunities import dealing
from opportunities.api import shapes
from opportunities.api.bodies import NAMES, Change, Create, StatusBody, UpsertBody, given
from opportunities.api.shapes import OPPORTUNITY, get_opportunity
from opportunities.models import Opportunity


def contact_named(pk: str) -> Contact:
    """The contact a body names.

    Raises:
        Refused: the caller sees no such contact.
    """
    found: Contact | None = Contact.objects.live().visible_to(scope.current().actor).filter(pk=pk).first()
    if found is None:
        raise Refused(f"Contact with id {pk[:40]} not found")
    return found


class Opportunities(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"
    names = NAMES

    @operation(
        body=Create,
        status=201,
        title="Create opportunity",
        about="Where the location wants no second open opportunity of a contact in a pipeline, the present one is "
        "changed instead.",
        example={"opportunity": OPPORTUNITY},
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        row, _ = dealing.upsert(contact_named(self.body["contact"]), **given(self.body))
        return {"opportunity": shapes.one(row.pk)}


class OneOpportunity(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"
    names = NAMES

    @operation(title="Get opportunity", example={"opportunity": OPPORTUNITY})
    def get(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        return {"opportunity": shapes.one(opportunity)}

    @operation(
        body=Change,
        title="Update opportunity",
        about="Only what is sent is changed.",
        example={"opportunity": OPPORTUNITY},
    )
    def put(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        row = dealing.edit(get_opportunity(opportunity), **given(self.body))
        return {"opportunity": shapes.one(row.pk)}

    @operation(title="Delete opportunity", about="Moves it to the trash for 30 days.", example={"succeded": True})
    def delete(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        dealing.trash(get_opportunity(opportunity))
        return {"succeded": True}


class Status(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"
    names = NAMES

    @operation(body=StatusBody, title="Update opportunity status", example={"succeded": True})
    def put(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        row = get_opportunity(opportunity)
        reason = {"lost_reason": self.body["lost_reason"]} if self.body.get("lost_reason") else {}
        dealing.edit(row, status=self.body["status"], **reason)
        return {"succeded": True}


class Upsert(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"
    names = NAMES

    @operation(body=UpsertBody, title="Upsert opportunity", example={"new": True, "opportunity": OPPORTUNITY})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        body = self.body
        values = given(body)
        if body.get("opportunity"):
            row, is_new = get_opportunity(body["opportunity"]), False
            if body.get("contact") and body["contact"] != row.contact_id:
                raise Invalid({"contact": "this opportunity belongs to another contact"})
            dealing.edit(row, **values)
        else:
            row, is_new = dealing.upsert(contact_named(body["contact"]), **values)
        _followers(row, body)
        return {"opportunity": shapes.one(row.pk), "new": is_new}


def _followers(row: Opportunity, body: dict[str, Any]) -> None:
    if body["no_followers"]:
        dealing.unfollow(row, list(row.followers))
    elif body.get("followers") and body["followers_action"] == "remove":
        dealing.unfollow(row, body["followers"])
    elif body.get("followers"):
        dealing.follow(row, body["followers"])
