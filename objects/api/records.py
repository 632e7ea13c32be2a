"""Records of custom objects and of companies, in the shape of the objects document."""

from __future__ import annotations

from typing import Any

from django.db.models import TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest

from api.bodies import Body
from api.errors import unprocessable
from api.fields import Anything, Id, List, Number, Text
from api.resources import Resource, operation
from core import clock, scope
from core.errors import Invalid, NotFound, Refused
from objects import definitions, schemas, types, wire
from objects.models import CustomField
from objects.models.record import MOST_FOLLOWERS
from objects.records import add_record, edit_record
from objects.types import RecordType

RECORD = {
    "id": "0Wk3Zr8QeTn5yLbPcA1d",
    "owner": ["0Wk3ZqYwT6Rk2JmDfN8c"],
    "followers": [],
    "properties": {"name": "Buddy", "weight": 12},
    "dateAdded": "2026-11-02T09:30:00.000Z",
    "dateUpdated": "2026-11-02T09:30:00.000Z",
}
BY = {
    "channel": "PUBLIC_API",
    "createdAt": "2026-11-02T09:30:00.000Z",
    "source": "PUBLIC_API",
    "sourceId": "0Wk3ZqYwT6Rk2JmDfN8c",
}
FOUND = {
    **{name: value for name, value in RECORD.items() if not name.startswith("date")},
    "createdAt": "2026-11-02T09:30:00.000Z",
    "updatedAt": "2026-11-02T09:30:00.000Z",
    "locationId": "0Wk3Zr7Xo2Vf9GqHbS4t",
    "objectId": "0Wk3Zr9Hc4Bv1MnJdK8s",
    "objectKey": "custom_objects.pet",
    "createdBy": BY,
    "lastUpdatedBy": BY,
    "searchAfter": [1793611800000, "0Wk3Zr8QeTn5yLbPcA1d"],
}
CHANNELS = {"ui": "WEB_USER", "api": "PUBLIC_API", "import": "IMPORT", "workflow": "WORKFLOW"}
FARTHEST = 10_000


class RecordChange(Body):
    locationId = Id()
    properties = Anything(dict, deepest=4, most=5000, longest=10_000, example={"name": "Buddy"})
    owner = List(Id(), most=1)
    followers = List(Id(), most=MOST_FOLLOWERS)


class RecordBody(RecordChange):
    locationId = Id(required=True)
    properties = Anything(dict, deepest=4, most=5000, longest=10_000, required=True, example={"name": "Buddy"})


class ChangeQuery(Body):
    locationId = Id()


class SearchBody(Body):
    locationId = Id(required=True)
    page = Number(least=1, most=FARTHEST, whole=True, text=True, default=1, example=1)
    pageLimit = Number(least=1, most=500, whole=True, text=True, default=20, example=20)
    query = Text(most=200, null=True)
    searchAfter = List(Anything(str, int, float, deepest=0), most=4)

    @classmethod
    def check(cls, values: dict[str, Any]) -> list[str]:
        if not values.get("searchAfter") and values["page"] * values["pageLimit"] > FARTHEST:
            return [f"page must not reach beyond {FARTHEST} results: use searchAfter"]
        return []


def kind_of(key: str) -> RecordType:
    """The kind of record that a path names: a custom object by key or id, or business.

    Raises:
        NotFound: there is none. Refused: a standard object whose records have operations of their own.
    """
    if key in ("contact", "opportunity"):
        raise Refused(f"Records of {key} have operations of their own; here are custom objects and business.")
    if key == "business":
        return types.need(key)
    schema = schemas.named(key)
    kind = types.of(schema.key) if schema else None
    if kind is None:
        raise NotFound(f"Object with key {key[:100]} not found")
    return kind


def fields_of(kind: RecordType) -> list[CustomField]:
    return list(CustomField.objects.filter(model=kind.key)[: definitions.MOST_FIELDS])


def row_of(kind: RecordType, pk: str) -> Any:
    """A live record that the token's actor may see.

    Raises:
        NotFound: there is none.
    """
    found = kind.alive().visible_to(scope.current().actor).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"Record with id {pk[:60]} not found")
    return found


def properties_of(kind: RecordType, row: Any, fields: list[CustomField]) -> dict[str, Any]:
    standard = {}
    if kind.doors:
        pairs = [(name, getattr(row, column)) for name, column in kind.doors.columns.items()]
        standard = {name: value for name, value in pairs if value not in (None, "")}
    return {**standard, **wire.properties(row, fields)}


def shown(kind: RecordType, row: Any, fields: list[CustomField]) -> dict[str, Any]:
    owner = getattr(row, "owner_id", None)
    return {
        "id": row.pk,
        "owner": [owner] if owner else [],
        "followers": list(getattr(row, "followers", ())),
        "properties": properties_of(kind, row, fields),
        "dateAdded": clock.iso(row.date_added),
        "dateUpdated": clock.iso(row.date_updated),
        "locationId": row.location_id,
        "objectKey": kind.key,
    }


def found(kind: RecordType, row: Any, fields: list[CustomField]) -> dict[str, Any]:
    """A record as search tells it."""
    shape = shown(kind, row, fields)
    added, updated = shape.pop("dateAdded"), shape.pop("dateUpdated")
    return {
        **shape,
        "objectId": getattr(row, "schema_id", kind.key),
        "createdAt": added,
        "updatedAt": updated,
        "createdBy": _by(row.created_via, row.created_by_id, added),
        "lastUpdatedBy": _by(
            getattr(row, "updated_via", row.created_via), getattr(row, "updated_by_id", row.created_by_id), updated
        ),
        "searchAfter": [clock.epoch_ms(row.date_added), row.pk],
    }


def _by(via: str, who: str, at: str) -> dict[str, Any]:
    channel = CHANNELS.get(via, "SYSTEM")
    return {"channel": channel, "createdAt": at, "source": channel, "sourceId": who}


def given(kind: RecordType, body: dict[str, Any], fields: list[CustomField], row: Any = None) -> dict[str, Any]:
    """A read body as arguments of the verbs: `custom`, standard columns, `owner`, `followers`.

    Raises:
        ApiError: 422 for properties that do not exist.
    """
    properties = dict(body.get("properties") or {})
    prefix = f"{kind.key}."
    properties = {name.removeprefix(prefix): value for name, value in properties.items()}
    values: dict[str, Any] = {}
    for name, column in (kind.doors.columns if kind.doors else {}).items():
        if name in properties:
            values[column] = properties.pop(name)
    custom, unknown = wire.read(properties, fields, row.custom if row is not None else {})
    if unknown:
        raise unprocessable([f"property properties.{name[:100]} should not exist" for name in unknown[:50]])
    values["custom"] = custom
    if kind.doors and (body.get("owner") or body.get("followers")):
        raise Refused("Only records of custom objects have owner and followers here.")
    if "owner" in body and not kind.doors:
        values["owner"] = next(iter(body["owner"]), None)
    if "followers" in body and not kind.doors:
        values["followers"] = body["followers"]
    return values


def named(error: Invalid, kind: RecordType, fields: list[CustomField]) -> Exception:
    """The refusal with the keys of properties where the verbs name columns and field ids."""
    keys = {f"customFields.{field.pk}": field.key for field in fields}
    keys |= {column: name for name, column in (kind.doors.columns if kind.doors else {}).items()}
    sentences = []
    for name, text in error.errors.items():
        where = f"properties.{keys[name]}" if name in keys else name
        sentences.append(f"{where}: {text}" if where else text)
    return unprocessable(sentences)


class Records(Resource):
    reads, writes = "objects/record.readonly", "objects/record.write"

    @operation(
        body=RecordBody,
        status=201,
        title="Create record",
        about="Of a custom object or of business. Properties are named by key; text boxes as `key.box`.",
        example={"record": RECORD},
    )
    def post(self, request: HttpRequest, schema: str) -> dict[str, Any]:
        kind = kind_of(schema)
        fields = fields_of(kind)
        values = given(kind, self.body, fields)
        try:
            if kind.doors:
                row = kind.doors.add(**values)
            else:
                owned = schemas.named(kind.key)
                assert owned is not None  # noqa: S101  kind_of has found it
                row = add_record(owned, **values)
        except Invalid as error:
            raise named(error, kind, fields) from None
        return {"record": shown(kind, row, fields)}


class OneRecord(Resource):
    reads, writes = "objects/record.readonly", "objects/record.write"

    @operation(title="Get record", example={"record": RECORD})
    def get(self, request: HttpRequest, schema: str, record: str) -> dict[str, Any]:
        kind = kind_of(schema)
        return {
            "record": found(kind, row := row_of(kind, record), fields := fields_of(kind)) | shown(kind, row, fields)
        }

    @operation(
        body=RecordChange,
        query=ChangeQuery,
        title="Update record",
        about="Only the properties that are sent change; null empties one.",
        example={"record": RECORD},
    )
    def put(self, request: HttpRequest, schema: str, record: str) -> dict[str, Any]:
        kind = kind_of(schema)
        fields = fields_of(kind)
        row = row_of(kind, record)
        values = given(kind, self.body, fields, row)
        try:
            (kind.doors.edit if kind.doors else edit_record)(row, **values)
        except Invalid as error:
            raise named(error, kind, fields) from None
        return {"record": shown(kind, row, fields)}

    @operation(
        title="Delete record",
        about="It moves to the trash, where people can restore it for 30 days.",
        example={"id": RECORD["id"], "success": True},
    )
    def delete(self, request: HttpRequest, schema: str, record: str) -> dict[str, Any]:
        kind = kind_of(schema)
        row = row_of(kind, record)
        if kind.doors:
            kind.doors.delete(row)
        else:
            row.trash()
        return {"id": record, "success": True}


class SearchRecords(Resource):
    reads = writes = "objects/record.readonly"

    @operation(
        body=SearchBody,
        title="Search records",
        about="`query` is looked for in the searchable properties; `name:Buddy` in one of them. Newest first.",
        example={"records": [FOUND], "total": 1},
    )
    def post(self, request: HttpRequest, schema: str) -> dict[str, Any]:
        kind = kind_of(schema)
        fields = fields_of(kind)
        rows = self._matching(kind, fields, (self.body.get("query") or "").replace("\x00", "").strip())
        total = rows.order_by().count()
        limit = self.body["pageLimit"]
        after = self.body.get("searchAfter") or []
        if after:
            rows = rows.filter(pk__lt=str(after[-1])[:60])
            first = 0
        else:
            first = (self.body["page"] - 1) * limit
        page = rows.order_by("-pk")[first : first + limit]
        return {"records": [found(kind, row, fields) for row in page], "total": total}

    def _matching(self, kind: RecordType, fields: list[CustomField], text: str) -> Any:
        rows = kind.alive().visible_to(scope.current().actor)
        if not text:
            return rows
        key, colon, wanted = text.partition(":")
        key = key.removeprefix(f"{kind.key}.")
        field = next((one for one in fields if colon and one.key == key), None)
        if field is None:
            return rows.search(text)
        value = Cast(KeyTextTransform(field.pk, "custom"), TextField())
        return rows.filter(value.get_lookup("icontains")(value, wanted.strip()), custom__has_key=field.pk)
