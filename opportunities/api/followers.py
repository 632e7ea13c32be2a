"""Followers of an opportunity."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Flag
from api.resources import Resource, operation
from opportunities import dealing
from opportunities.api.bodies import FollowersBody, FollowersRemoved
from opportunities.api.shapes import get_opportunity


class RemoveQuery(Body):
    isRemoveAllFollowers = Flag(to="all", default=False)


class Followers(Resource):
    reads, writes = "opportunities.readonly", "opportunities.write"

    @operation(body=FollowersBody, status=201, title="Add followers", example={"followers": [], "followersAdded": []})
    def post(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        row = get_opportunity(opportunity)
        added = dealing.follow(row, self.body["followers"])
        return {"followers": row.followers, "followersAdded": added}

    @operation(
        body=FollowersRemoved,
        query=RemoveQuery,
        title="Remove followers",
        example={"followers": [], "followersRemoved": []},
    )
    def delete(self, request: HttpRequest, opportunity: str) -> dict[str, Any]:
        row = get_opportunity(opportunity)
        gone = dealing.unfollow(row, list(row.followers) if self.query["all"] else self.body["followers"])
        return {"followers": row.followers, "followersRemoved": gone}
