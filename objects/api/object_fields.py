"""Custom fields and folders of custom objects and companies, in the shape of the custom-fields document."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Anything, Flag, Id, List, Nested, Number, OneOf, Text
from api.resources import Resource, operation
from core import clock
from core.errors import NotFound, Refused
from core.text import slug
from objects import definitions, folders, schemas, types
from objects import options as choices
from objects.models import CustomField, FieldFolder
from objects.models.custom_field import TYPES

FIELD = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "name": "Breed",
    "description": "",
    "placeholder": "",
    "showInForms": True,
    "objectKey": "custom_objects.pet",
    "dataType": "TEXT",
    "parentId": "0Wk3Zr9Hc4Bv1MnJdK8s",
    "fieldKey": "custom_objects.pet.breed",
    "dateAdded": "2026-11-02T09:30:00.000Z",
    "dateUpdated": "2026-11-02T09:30:00.000Z",
}
FOLDER = {
    "id": "0Wk3Zr9Hc4Bv1MnJdK8s",
    "objectKey": "custom_objects.pet",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "name": "Health",
}
NAMES = {
    "type": "dataType",
    "key": "fieldKey",
    "model": "objectKey",
    "folder": "parentId",
    "shows_in_forms": "showInForms",
    "accepted_formats": "acceptedFormats",
    "most_files": "maxFileLimit",
    "allows_custom_option": "allowCustomOption",
}


class Option(Body):
    key = Text(most=100)
    label = Text(most=200, required=True, trim=True, example="Blue")
    url = Text(most=500, to="image")


class FieldChange(Body):
    locationId = Id(required=True)
    name = Text(most=200, trim=True, example="Breed")
    description = Text(most=500, null=True)
    placeholder = Text(most=200, null=True)
    showInForms = Flag(to="shows_in_forms")
    options = List(Nested(Option), most=200)
    acceptedFormats = Anything(str, list, deepest=1, most=30, longest=200, to="accepted_formats")
    maxFileLimit = Number(least=1, most=20, whole=True, text=True, to="most_files")


class FieldBody(FieldChange):
    dataType = OneOf(*(code for code, _ in TYPES), required=True, to="type", example="TEXT")
    fieldKey = Text(most=300, required=True, to="key", example="custom_objects.pet.breed")
    objectKey = Text(most=100, required=True, to="model", example="custom_objects.pet")
    parentId = Id(null=True, to="folder")
    allowCustomOption = Flag(to="allows_custom_option")


class FolderBody(Body):
    objectKey = Text(most=100, required=True, example="custom_objects.pet")
    name = Text(most=200, required=True, trim=True, example="Health")
    locationId = Id(required=True)


class FolderChange(Body):
    name = Text(most=200, required=True, trim=True, example="Health")
    locationId = Id(required=True)


class OfLocation(Body):
    locationId = Id(required=True)


def shown(field: CustomField) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": field.pk,
        "locationId": field.location_id,
        "name": field.name,
        "description": field.description,
        "placeholder": field.placeholder,
        "showInForms": field.shows_in_forms,
        "objectKey": field.model,
        "dataType": field.type,
        "parentId": field.folder_id or "",
        "fieldKey": field.full_key,
        "dateAdded": clock.iso(field.date_added),
        "dateUpdated": clock.iso(field.date_updated),
    }
    if field.options:
        shape["options"] = [
            {"key": one["key"], "label": one["label"], **({"url": one["image"]} if one.get("image") else {})}
            for one in field.options
        ]
    if field.type == "RADIO":
        shape["allowCustomOption"] = field.allows_custom_option
    if field.type == "FILE_UPLOAD":
        shape["acceptedFormats"] = ",".join(f".{name}" for name in field.accepted_formats) or "all"
        shape["maxFileLimit"] = field.most_files
    return shape


def shown_folder(folder: FieldFolder) -> dict[str, Any]:
    return {"id": folder.pk, "objectKey": folder.model, "locationId": folder.location_id, "name": folder.name}


def listed_folder(folder: FieldFolder) -> dict[str, Any]:
    """A folder where it stands among fields: with the members the document wants of both."""
    return {
        **shown_folder(folder),
        "showInForms": False,
        "dataType": "FOLDER",
        "parentId": "",
        "fieldKey": key_of(folder),
        "dateAdded": clock.iso(folder.date_added),
        "dateUpdated": clock.iso(folder.date_added),
    }


def key_of(folder: FieldFolder) -> str:
    return f"{folder.model}.{slug(folder.name) or 'folder'}"


def object_key(given: str) -> str:
    """The key of a kind of record, `custom_object.` read as the prefix too.

    Raises:
        NotFound: there is no such object.
    """
    key = given if types.of(given) else schemas.full(given)
    if types.of(key) is None:
        raise NotFound(f"Object with key {given[:100]} not found")
    return key


def values(body: dict[str, Any]) -> dict[str, Any]:
    """A read body as what `objects.definitions` takes."""
    given = {name: value for name, value in body.items() if name != "locationId"}
    for name in ("description", "placeholder"):
        if given.get(name, "") is None:
            given[name] = ""
    if "accepted_formats" in given:
        formats = given["accepted_formats"]
        formats = formats if isinstance(formats, list) else formats.split(",")
        given["accepted_formats"] = [str(one).strip() for one in formats]
    if given.get("most_files", 1) > 1:
        given["allows_many_files"] = True
    return given


class Fields(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"
    names = NAMES

    @operation(
        body=FieldBody,
        status=201,
        title="Create field",
        about="Of a custom object or of companies (business). Fields of contacts and opportunities: see locations.",
        example={"field": FIELD},
    )
    def post(self, request: HttpRequest) -> dict[str, Any]:
        given = values(self.body)
        given["model"] = object_key(given["model"])
        key = re.sub(r"^custom_object\.", "custom_objects.", given["key"]).removeprefix(f"{given['model']}.")
        given["key"] = key.rpartition(".")[2] if key.startswith("custom_objects.") else key
        given.setdefault("name", given["key"].replace("_", " ").capitalize())
        return {"field": shown(definitions.create_field(**given))}


class OneField(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"
    names = NAMES

    def row(self, pk: str) -> CustomField:
        found: CustomField = self.find(CustomField.objects.all(), pk, "Custom field")
        if types.of(found.model) is None and found.model != "opportunity":
            raise NotFound(f"Custom field with id {pk} not found")
        return found

    @operation(title="Get field", example={"field": FIELD})
    def get(self, request: HttpRequest, field: str) -> dict[str, Any]:
        return {"field": shown(self.row(field))}

    @operation(
        body=FieldChange,
        title="Update field",
        about="Options are the whole list, known by key or label; none can be removed here.",
        example={"field": FIELD},
    )
    def put(self, request: HttpRequest, field: str) -> dict[str, Any]:
        row = self.row(field)
        given = values(self.body)
        if given.get("options") is not None and row.options:
            gone = choices.compare(row.options, choices.read(given["options"], row.options)).removed
            if gone:
                raise Refused(f"Options cannot be removed here: {gone[0]['label']} is missing from the list.")
        return {"field": shown(definitions.change_field(row, **given))}

    @operation(
        title="Delete field",
        about="Its values are hidden at once; people can restore it for 30 days.",
        example={"succeded": True, "id": FIELD["id"], "key": FIELD["fieldKey"]},
    )
    def delete(self, request: HttpRequest, field: str) -> dict[str, Any]:
        row = self.row(field)
        definitions.delete_field(row)
        return {"succeded": True, "id": row.pk, "key": row.full_key}


class FieldsOfObject(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"

    @operation(query=OfLocation, title="List fields of an object", example={"fields": [FIELD], "folders": []})
    def get(self, request: HttpRequest, kind: str) -> dict[str, Any]:
        key = object_key(kind)
        rows = CustomField.objects.filter(model=key)[: definitions.MOST_FIELDS]
        held = FieldFolder.objects.filter(model=key)[: folders.MOST_FOLDERS]
        return {"fields": [shown(row) for row in rows], "folders": [listed_folder(row) for row in held]}


class Folders(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"

    @operation(body=FolderBody, status=201, title="Create folder", example=FOLDER)
    def post(self, request: HttpRequest) -> dict[str, Any]:
        key = object_key(self.body["objectKey"])
        return shown_folder(folders.create_folder(name=self.body["name"], model=key))


class OneFolder(Resource):
    reads, writes = "locations/customFields.readonly", "locations/customFields.write"

    def row(self, pk: str) -> FieldFolder:
        found: FieldFolder = self.find(FieldFolder.objects.all(), pk, "Folder")
        return found

    @operation(body=FolderChange, title="Update folder", example=FOLDER)
    def put(self, request: HttpRequest, folder: str) -> dict[str, Any]:
        row = self.row(folder)
        folders.rename_folder(row, self.body["name"])
        return shown_folder(row)

    @operation(
        query=OfLocation,
        title="Delete folder",
        about="Its fields stay, outside of any folder.",
        example={"succeded": True, "id": FOLDER["id"], "key": "custom_objects.pet.health"},
    )
    def delete(self, request: HttpRequest, folder: str) -> dict[str, Any]:
        row = self.row(folder)
        answer = {"succeded": True, "id": row.pk, "key": key_of(row)}
        folders.delete_folder(row)
        return answer
