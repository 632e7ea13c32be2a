"""Followers of a contact."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import User
from api.bodies import Body
from api.fields import Id, List
from api.resources import Resource, operation
from contacts.api.contacts import get_contact
from core import scope
from core.errors import Invalid


class FollowersBody(Body):
    followers = List(Id(), most=10, required=True)


class ContactFollowers(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(body=FollowersBody, status=201, title="Add followers", example={"followers": [], "followersAdded": []})
    def post(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        found = get_contact(contact)
        wanted = self.body["followers"]
        known = User.objects.working_at(scope.location_id()).filter(pk__in=wanted).values_list("pk", flat=True)
        if set(wanted) - set(known):
            raise Invalid({"followers": "not everybody named works at this location"})
        added = found.follow(wanted)
        return {"followers": found.followers, "followersAdded": added}

    @operation(body=FollowersBody, title="Remove followers", example={"followers": [], "followersRemoved": []})
    def delete(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        found = get_contact(contact)
        removed = found.unfollow(self.body["followers"])
        return {"followers": found.followers, "followersRemoved": removed}
