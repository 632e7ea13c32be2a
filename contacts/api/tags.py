"""Tags: on one contact, on many, and the location's list of them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from api.bodies import Body
from api.errors import unknown_path
from api.fields import Flag, Id, List, Text
from api.resources import Resource, operation
from contacts import tagging
from contacts.api.contacts import get_contact, live
from contacts.models import Contact, Tag
from core.errors import Problem

TAG = {"id": "0Wk3Zr8QeTn5yLbPcA1d", "name": "vip", "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t"}
MOST = 2000


class TagsBody(Body):
    tags = List(Text(most=75, trim=True, required=True), most=250, required=True, example=["vip"])


class ContactTags(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(body=TagsBody, status=201, title="Add tags", example={"tags": ["vip"], "tagsAdded": ["vip"]})
    def post(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        found = get_contact(contact)
        added = found.tag(*self.body["tags"])
        return {"tags": found.tag_names(), "tagsAdded": added}

    @operation(body=TagsBody, title="Remove tags", example={"tags": [], "tagsRemoved": ["vip"]})
    def delete(self, request: HttpRequest, contact: str) -> dict[str, Any]:
        found = get_contact(contact)
        removed = found.untag(*self.body["tags"])
        return {"tags": found.tag_names(), "tagsRemoved": removed}


class BulkTagsBody(Body):
    contacts = List(Id(), most=500, required=True)
    tags = List(Text(most=75, trim=True, required=True), most=250, required=True, example=["vip"])
    locationId = Id(required=True)
    removeAllTags = Flag(default=False)


class BulkTags(Resource):
    reads, writes = "contacts.readonly", "contacts.write"

    @operation(
        body=BulkTagsBody,
        status=201,
        title="Add or remove tags of many contacts",
        about="`type` is add or remove. Each contact gets a result of its own.",
        example={"succeded": True, "errorCount": 0, "responses": []},
    )
    def post(self, request: HttpRequest, type: str) -> dict[str, Any]:
        if type not in ("add", "remove"):
            raise unknown_path(request)
        wanted = list(dict.fromkeys(self.body["contacts"]))
        known = {contact.pk: contact for contact in live().filter(pk__in=wanted)}
        trashed = set(Contact.objects.trashed().filter(pk__in=wanted).values_list("pk", flat=True))
        names = Tag.objects.names_of(tag for contact in known.values() for tag in contact.tags)
        responses = [self._one(pk, known.get(pk), pk in trashed, type, names) for pk in wanted]
        failed = sum(one["type"] == "error" for one in responses)
        return {"succeded": True, "errorCount": failed, "responses": responses}

    def _one(
        self, pk: str, contact: Contact | None, is_trashed: bool, type: str, names: dict[str, str]
    ) -> dict[str, Any]:
        if contact is None:
            message = "contact is deleted" if is_trashed else "contact does not belong to location"
            return {"contactId": pk, "message": message, "type": "error"}
        old = [names[tag] for tag in contact.tags if tag in names]
        added: list[str] = []
        removed: list[str] = []
        try:
            with transaction.atomic():
                if self.body["removeAllTags"]:
                    removed = contact.untag(*old)
                if type == "add":
                    added = contact.tag(*self.body["tags"])
                else:
                    removed += contact.untag(*self.body["tags"])
        except Problem as problem:
            return {"contactId": pk, "message": problem.message, "type": "error"}
        return {
            "contactId": pk,
            "message": "Tags updated",
            "type": "success",
            "oldTags": old,
            "tagsAdded": added,
            "tagsRemoved": removed,
        }


def shown(tag: Tag) -> dict[str, Any]:
    return {"id": tag.pk, "name": tag.name, "locationId": tag.location_id}


class TagBody(Body):
    name = Text(most=75, required=True, trim=True, example="vip")


class LocationTags(Resource):
    reads, writes = "locations/tags.readonly", "locations/tags.write"

    @operation(title="List tags", example={"tags": [TAG]})
    def get(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"tags": [shown(tag) for tag in Tag.objects.all()[:MOST]]}

    @operation(body=TagBody, title="Create tag", example={"tag": TAG})
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"tag": shown(tagging.create_tag(self.body["name"]))}


class LocationTag(Resource):
    reads, writes = "locations/tags.readonly", "locations/tags.write"

    @operation(title="Get tag", example={"tag": TAG})
    def get(self, request: HttpRequest, location: str, tag: str) -> dict[str, Any]:
        return {"tag": shown(self.find(Tag.objects.all(), tag, "Tag"))}

    @operation(body=TagBody, title="Rename tag", example={"tag": TAG})
    def put(self, request: HttpRequest, location: str, tag: str) -> dict[str, Any]:
        found = self.find(Tag.objects.all(), tag, "Tag")
        tagging.rename_tag(found, self.body["name"])
        return {"tag": shown(found)}

    @operation(title="Delete tag", about="Takes it off every contact.", example={"succeded": True})
    def delete(self, request: HttpRequest, location: str, tag: str) -> dict[str, Any]:
        tagging.delete_tag(self.find(Tag.objects.all(), tag, "Tag"))
        return {"succeded": True}
