"""Object schemas: standard and custom objects, in the shape of the objects document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Flag, Id, List, Nested, OneOf, Text
from api.resources import Resource, operation
from core import clock, scope
from core.errors import NotFound
from objects import definitions, schemas
from objects.api import object_fields
from objects.models import CustomField, ObjectSchema
from objects.standard import STANDARD, Property

SCHEMA = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "standard": False,
    "key": "custom_objects.pet",
    "labels": {"singular": "Pet", "plural": "Pets"},
    "description": "Animals we have met",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "primaryDisplayProperty": "custom_objects.pet.name",
    "searchableProperties": ["custom_objects.pet.name"],
    "dateAdded": "2026-11-02T09:30:00.000Z",
    "dateUpdated": "2026-11-02T09:30:00.000Z",
    "type": "USER_DEFINED",
}


class Labels(Body):
    singular = Text(most=60, required=True, trim=True, example="Pet")
    plural = Text(most=60, required=True, trim=True, example="Pets")


class LabelChange(Body):
    singular = Text(most=60, trim=True)
    plural = Text(most=60, trim=True)


class Primary(Body):
    key = Text(most=300, required=True, example="custom_objects.pet.name", to="primary_key")
    name = Text(most=200, required=True, trim=True, example="Name", to="primary_name")
    dataType = OneOf("TEXT", "NUMERICAL", required=True, to="primary_type", example="TEXT")


class SchemaBody(Body):
    labels = Nested(Labels, required=True)
    key = Text(most=60, required=True, example="custom_objects.pet")
    description = Text(most=500)
    locationId = Id(required=True)
    primaryDisplayPropertyDetails = Nested(Primary, required=True, to="primary")


class SchemaChange(Body):
    labels = Nested(LabelChange)
    description = Text(most=500, null=True)
    locationId = Id(required=True)
    searchableProperties = List(
        Text(most=300), most=500, required=False, to="searchable", example=["custom_objects.pet.name"]
    )


class OfLocation(Body):
    locationId = Id(required=True)


class OneQuery(OfLocation):
    fetchProperties = Flag(default=False)


def shown(schema: ObjectSchema, searchable: list[str]) -> dict[str, Any]:
    primary = schema.primary_field.full_key if schema.primary_field else f"{schema.key}.name"
    return {
        "id": schema.pk,
        "standard": schema.is_standard,
        "key": schema.key,
        "labels": {"singular": schema.singular, "plural": schema.plural},
        "description": schema.description,
        "locationId": scope.location_id(),
        "primaryDisplayProperty": primary,
        "searchableProperties": searchable,
        "dateAdded": clock.iso(schema.date_added),
        "dateUpdated": clock.iso(schema.date_updated),
        "type": "SYSTEM_DEFINED" if schema.is_standard else "USER_DEFINED",
    }


def find(key: str) -> ObjectSchema:
    """A live object by key or id.

    Raises:
        NotFound: there is none.
    """
    if key in STANDARD:
        return schemas.standard(key)
    found = schemas.named(key)
    if found is None:
        raise NotFound(f"Object with key {key[:100]} not found")
    return found


def property_of(schema: ObjectSchema, one: Property) -> dict[str, Any]:
    """A standard field as a custom one would be."""
    return {
        "id": f"{schema.key}.{one.key}",
        "locationId": scope.location_id(),
        "name": one.name,
        "objectKey": schema.key,
        "fieldKey": f"{schema.key}.{one.key}",
        "dataType": one.type,
        "parentId": "",
        "showInForms": True,
        "standard": True,
        "dateAdded": clock.iso(schema.date_added),
        "dateUpdated": clock.iso(schema.date_updated),
    }


class Objects(Resource):
    reads, writes = "objects/schema.readonly", "objects/schema.write"
    names = {
        "primary_key": "primaryDisplayPropertyDetails.key",
        "primary_name": "primaryDisplayPropertyDetails.name",
        "primary_type": "primaryDisplayPropertyDetails.dataType",
    }

    @operation(query=OfLocation, title="List objects", example={"objects": [SCHEMA]})
    def get(self, request: HttpRequest) -> dict[str, Any]:
        rows = schemas.every()
        by_key: dict[str, list[str]] = {
            row.key: [f"{row.key}.{name}" for name in STANDARD[row.key].searched] if row.is_standard else []
            for row in rows
        }
        for field in CustomField.objects.filter(model__in=by_key, is_searchable=True):
            by_key[field.model].append(field.full_key)
        return {"objects": [shown(row, by_key[row.key]) for row in rows]}

    @operation(body=SchemaBody, status=201, access="either", title="Create object", example={"object": SCHEMA})
    def post(self, request: HttpRequest) -> dict[str, Any]:
        given = dict(self.body)
        primary = given.pop("primary")
        schema = schemas.create_schema(
            **given.pop("labels"), **primary, key=given["key"], description=given.get("description", "")
        )
        return {"object": shown(schema, schemas.searchable(schema.key))}


class OneObject(Resource):
    reads, writes = "objects/schema.readonly", "objects/schema.write"
    names = {"searchable": "searchableProperties"}

    @operation(
        query=OneQuery,
        title="Get object",
        about="By key or id. With fetchProperties=true its fields are told as well.",
        example={"object": SCHEMA, "cache": False, "fields": [object_fields.FIELD]},
    )
    def get(self, request: HttpRequest, key: str) -> dict[str, Any]:
        schema = find(key)
        fields: list[dict[str, Any]] = []
        if self.query["fetchProperties"]:
            standard = STANDARD[schema.key].properties if schema.is_standard else ()
            rows = CustomField.objects.filter(model=schema.key)[: definitions.MOST_FIELDS]
            fields = [*(property_of(schema, one) for one in standard), *(object_fields.shown(row) for row in rows)]
        return {"object": shown(schema, schemas.searchable(schema.key)), "cache": False, "fields": fields}

    @operation(
        body=SchemaChange,
        title="Update object",
        about="searchableProperties are the whole new list; left out, they stay.",
        example={"object": SCHEMA},
    )
    def put(self, request: HttpRequest, key: str) -> dict[str, Any]:
        given = {name: value for name, value in self.body.items() if name not in ("locationId", "labels")}
        if "description" in given:
            given["description"] = given["description"] or ""
        schema = schemas.change_schema(find(key), **given, **self.body.get("labels", {}))
        return {"object": shown(schema, schemas.searchable(schema.key))}
