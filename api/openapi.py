"""Our own OpenAPI document, made of the routes and the bodies that validate their requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from api.fields import Field, Id, List
from api.parsing import FORM
from api.rendering import OPTIONS, plain
from api.resources import Operation
from api.routes import ROUTES, Route

SAMPLE_ID = "0Wk3Zr8QeTn5yLbPcA1d"
LOCATION_NAMES = ("location", "locationId", "location_id", "altId")
COMPANY_NAMES = ("company", "companyId")
VERSION = "2021-07-28"
CLASS_WORDS = {
    "location": "a location's token",
    "agency": "an agency's token",
    "either": "a location's or an agency's token",
    "location-only": "a location's OAuth token",
    "agency-only": "an agency's OAuth token",
    "either-only": "an OAuth token of a location or an agency",
}
ERROR = {
    "type": "object",
    "required": ["statusCode", "message", "error", "traceId"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "error": {"type": "string"},
        "traceId": {"type": "string"},
        "meter": {"type": "string", "description": "With limit_reached: what is counted"},
        "used": {"type": "integer", "description": "With limit_reached: how many there are"},
        "limit": {"type": "integer", "description": "With limit_reached: how many the plan allows"},
    },
}
REFUSALS = {
    400: "Well-formed, but refused; or the Version header is missing, or the JSON is malformed",
    401: "No such token, or a token of the wrong class",
    403: "The token lacks the scope, or is another location's",
    404: "No such object, path or method",
    413: "The body is larger than 5 MB",
    422: "A sentence for every value that cannot be accepted; or limit_reached, over_cap, insufficient_funds",
    429: "Too many requests; Retry-After says when to come back",
}


@dataclass(frozen=True)
class Described:
    """One operation, ready for a document or a page."""

    route: Route
    method: str
    operation: Operation
    id: str
    name: str  # unique in the document

    @property
    def group(self) -> str:
        return self.route.path.split("/")[0]

    @property
    def title(self) -> str:
        return self.operation.title or self.id.replace("-", " ").capitalize()

    @property
    def path(self) -> str:
        return self.route.template + ("/" if "/" not in self.route.path else "")

    @property
    def is_public(self) -> bool:
        return self.route.resource.public

    def sample_path(self, own: dict[str, str]) -> str:
        found = self.path
        for name in self.route.names:
            found = found.replace(f"{{{name}}}", own.get(name) or ("add" if name == "type" else SAMPLE_ID))
        return found

    def sample_query(self, own: dict[str, str]) -> dict[str, Any]:
        """The members a request needs at least."""
        fields = self.operation.query.fields if self.operation.query else {}
        return {name: own.get(name) or field.sample() for name, field in fields.items() if field.required}

    def sample_body(self, own: dict[str, str]) -> dict[str, Any] | None:
        if self.operation.body is None:
            return None
        sample: dict[str, Any] = self.operation.body.sample()
        return {
            name: own.get(name) or ([own["location"]] if name == "locationIds" and own else value)
            for name, value in sample.items()
        }

    @property
    def who(self) -> str:
        return "no token" if self.is_public else CLASS_WORDS[self.operation.access]


def own_ids(location: str, company: str) -> dict[str, str]:
    """What examples put where a location or a company is named."""
    return dict.fromkeys(LOCATION_NAMES, location) | dict.fromkeys(COMPANY_NAMES, company)


def operations(routes: Iterable[Route] | None = None) -> list[Described]:
    """Every operation, in the order of the table. Ids that repeat across nouns get the path's first word."""
    found: list[Described] = []
    taken: set[str] = set()
    for route in ROUTES if routes is None else routes:
        for method, name in route.operations.items():
            unique = name
            for extra in (route.path.split("/")[0], route.path.replace("/", "-").replace("<id:", "").replace(">", "")):
                if unique in taken:
                    unique = f"{name}-{extra}"
            taken.add(unique)
            found.append(Described(route, method, route.resource.methods[method], name, unique))
    return found


def json_text(data: Any, *, indent: bool = True) -> str:
    return orjson.dumps(data, plain, OPTIONS | (orjson.OPT_INDENT_2 if indent else 0)).decode()


def shape_of(value: Any) -> dict[str, Any]:
    """A schema that fits an example: types only, nothing required."""
    if value is None:
        return {"nullable": True}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        return {"type": "number"}
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: shape_of(member) for name, member in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"type": "array", "items": shape_of(value[0]) if value else {}}
    return {"type": "string"}


def parameter(name: str, field: Field) -> dict[str, Any]:
    schema = field.schema()
    found: dict[str, Any] = {"name": name, "in": "query", "required": field.required, "schema": schema}
    if about := schema.pop("description", ""):
        found["description"] = about
    if isinstance(field, List):
        found |= {"style": "form", "explode": True}
    return found


def describe(one: Described) -> dict[str, Any]:
    """One operation of the document."""
    told = one.operation
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": Id().schema() | {"minLength": 1}}
        for name in one.route.names
    ]
    if not one.is_public:
        parameters.append(
            {"name": "Version", "in": "header", "required": True, "schema": {"type": "string", "enum": [VERSION]}}
        )
    if told.query is not None:
        parameters += [parameter(name, field) for name, field in told.query.fields.items()]
    success: dict[str, Any] = {"description": "Done"}
    if told.example is not None:
        shape = shape_of(told.example)
        success["content"] = {"application/json": {"schema": shape, "example": told.example}}
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.title,
        "tags": [one.group],
        "parameters": parameters,
        "responses": {str(told.status): success}
        | {str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
    }
    if told.about:
        found["description"] = told.about
    if told.body is not None:
        schema = {"schema": told.body.schema(), "example": told.body.sample()}
        kinds = ("application/json", FORM) if one.is_public else ("application/json",)
        if told.files:
            parts = dict.fromkeys(told.files, {"type": "string", "format": "binary"})
            told_apart = {**schema["schema"], "properties": {**schema["schema"]["properties"], **parts}}
            kinds, schema = ("multipart/form-data",), {"schema": told_apart}
        found["requestBody"] = {"required": True, "content": dict.fromkeys(kinds, schema)}
    found["security"] = [] if one.is_public else [{"bearer": [told.scope] if told.scope else []}]
    found["x-token"] = one.who
    return found


def document(routes: Iterable[Route] | None = None) -> dict[str, Any]:
    """The whole document, OpenAPI 3.0.3."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations(routes):
        paths.setdefault(one.path, {})[one.method.lower()] = describe(one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "HoopAI API",
            "version": VERSION,
            "description": "Send the token of a private integration or of an OAuth app as `Authorization: Bearer …`, "
            "and the header `Version`.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": ERROR},
            "responses": {
                str(status): {
                    "description": words,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
                for status, words in REFUSALS.items()
            },
        },
    }
