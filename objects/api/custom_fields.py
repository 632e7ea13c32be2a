"""Custom fields of contacts and opportunities, in the shape of the locations document."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from api.bodies import Body
from api.fields import Anything, Flag, List, Number, OneOf, Text
from api.resources import Resource, operation
from core.errors import NotFound
from objects import definitions
from objects.models import CustomField
from objects.models.custom_field import TYPES

FIELD = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "name": "Shoe size",
    "fieldKey": "contact.shoe_size",
    "dataType": "NUMERICAL",
    "position": 0,
    "model": "contact",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
}
NAMES = {
    "accepted_formats": "acceptedFormat",
    "allows_many_files": "isMultipleFile",
    "most_files": "maxNumberOfFiles",
    "type": "dataType",
}


class FieldChange(Body):
    name = Text(most=200, trim=True, example="Shoe size")
    placeholder = Text(most=200, null=True)
    acceptedFormat = List(Text(most=10), most=30, to="accepted_formats")
    isMultipleFile = Flag(to="allows_many_files")
    maxNumberOfFiles = Number(least=1, most=20, whole=True, text=True, to="most_files")
    textBoxListOptions = List(Anything(str, dict, deepest=2, most=10, longest=500), most=200, to="boxes")
    options = List(Anything(str, dict, deepest=2, most=10, longest=500), most=200)
    isAllowedCustomOption = Flag(to="allows_custom_option")
    position = Number(least=0, most=100_000, whole=True, text=True)
    model = OneOf("contact", "opportunity")


class FieldBody(FieldChange):
    name = Text(most=200, required=True, trim=True, example="Shoe size")
    dataType = OneOf(*(code for code, _ in TYPES), required=True, to="type", example="NUMERICAL")
    fieldKey = Text(most=210, to="key")
    model = OneOf("contact", "opportunity", default="contact")


def shown(field: CustomField) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": field.pk,
        "name": field.name,
        "fieldKey": field.full_key,
        "placeholder": field.placeholder,
        "dataType": field.type,
        "position": field.position,
        "locationId": field.location_id,
        "model": field.model,
    }
    if field.options:
        shape["picklistOptions"] = field.labels
        shape["picklistImageOptions"] = [option["image"] for option in field.options if option.get("image")]
        shape["isAllowedCustomOption"] = field.allows_custom_option
    if field.type == "FILE_UPLOAD":
        shape["isMultiFileAllowed"] = field.allows_many_files
        shape["maxFileLimit"] = field.most_files
        shape["acceptedFormat"] = field.accepted_formats
    return shape


def values(body: dict[str, Any]) -> dict[str, Any]:
    """A read body as what `objects.definitions` takes."""
    given = dict(body)
    boxes = given.pop("boxes", None)
    if boxes is not None:
        given["options"] = boxes
    if given.get("options") is not None:
        given["options"] = [_option(one) for one in given["options"]]
    if given.get("placeholder", "") is None:
        given["placeholder"] = ""
    if given.get("key"):
        given["key"] = given["key"].removeprefix(f"{given.get('model', 'contact')}.")
    return given


def _option(one: Any) -> Any:
    if isinstance(one, dict):
        return {name: one[name] for name in ("key", "label", "image") if isinstance(one.get(name), str)}
    return one


class ListQuery(Body):
    model = OneOf("contact", "opportunity", "all", default="all")


class CustomFields(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"
    names = NAMES

    @operation(query=ListQuery, title="List custom fields", example={"customFields": [FIELD]})
    def get(self, request: HttpRequest, location: str) -> dict[str, Any]:
        asked = self.query["model"]
        models = ("contact", "opportunity") if asked == "all" else (asked,)
        found = CustomField.objects.filter(model__in=models)[: 2 * definitions.MOST_FIELDS]
        return {"customFields": [shown(field) for field in found]}

    @operation(body=FieldBody, status=201, title="Create custom field", example={"customField": FIELD})
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"customField": shown(definitions.create_field(**values(self.body)))}


class OneCustomField(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"
    names = NAMES

    def row(self, named: str) -> CustomField:
        """By id, or by key with or without the model before it."""
        model, _, key = named.rpartition(".")
        by_key = Q(key=key, model=model) if model else Q(key=key)
        found: CustomField | None = CustomField.objects.filter(Q(pk=named) | by_key).order_by("model", "pk").first()
        if found is None:
            raise NotFound(f"Custom field with id {named} not found")
        return found

    @operation(title="Get custom field", about="Takes the id or the key.", example={"customField": FIELD})
    def get(self, request: HttpRequest, location: str, field: str) -> dict[str, Any]:
        return {"customField": shown(self.row(field))}

    @operation(body=FieldChange, title="Update custom field", example={"customField": FIELD})
    def put(self, request: HttpRequest, location: str, field: str) -> dict[str, Any]:
        return {"customField": shown(definitions.change_field(self.row(field), **values(self.body)))}

    @operation(title="Delete custom field", example={"succeded": True})
    def delete(self, request: HttpRequest, location: str, field: str) -> dict[str, Any]:
        definitions.delete_field(self.row(field))
        return {"succeded": True}
