"""Custom values: named texts of a location."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from api.bodies import Body
from api.fields import Text
from api.resources import Resource, operation
from objects import custom_values
from objects.models import CustomValue

VALUE = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "name": "Brand colour",
    "fieldKey": "{{ custom_values.brand_colour }}",
    "value": "teal",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
}
MOST = 2000


class ValueBody(Body):
    name = Text(most=200, required=True, trim=True, example="Brand colour")
    value = Text(most=5000, required=True, example="teal")


class ValueChange(Body):
    name = Text(most=200, trim=True, example="Brand colour")
    value = Text(most=5000, example="teal")


def shown(row: CustomValue) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "fieldKey": f"{{{{ custom_values.{row.key} }}}}",
        "value": row.value,
        "locationId": row.location_id,
    }


class CustomValues(Resource):
    reads, writes = "locations/customValues.readonly", "locations/customValues.write"

    @operation(title="List custom values", example={"customValues": [VALUE]})
    def get(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"customValues": [shown(row) for row in CustomValue.objects.all()[:MOST]]}

    @operation(body=ValueBody, status=201, title="Create custom value", example={"customValue": VALUE})
    def post(self, request: HttpRequest, location: str) -> dict[str, Any]:
        return {"customValue": shown(custom_values.create_value(**self.body))}


class OneCustomValue(Resource):
    reads, writes = "locations/customValues.readonly", "locations/customValues.write"

    def row(self, pk: str) -> CustomValue:
        found: CustomValue = self.find(CustomValue.objects.all(), pk, "Custom value")
        return found

    @operation(title="Get custom value", example={"customValue": VALUE})
    def get(self, request: HttpRequest, location: str, value: str) -> dict[str, Any]:
        return {"customValue": shown(self.row(value))}

    @operation(body=ValueChange, title="Update custom value", example={"customValue": VALUE})
    def put(self, request: HttpRequest, location: str, value: str) -> dict[str, Any]:
        return {"customValue": shown(custom_values.change_value(self.row(value), **self.body))}

    @operation(title="Delete custom value", example={"succeded": True})
    def delete(self, request: HttpRequest, location: str, value: str) -> dict[str, Any]:
        custom_values.delete_value(self.row(value))
        return {"succeded": True}
