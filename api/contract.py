"""The published OpenAPI documents, read from a folder beside the project, and how far our routes answer them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.urls import get_resolver

from api.resources import METHODS
from api.routes import Route, Tree

UNBUILT = Path(__file__).with_name("unbuilt.txt")
PARAMETER = re.compile(r"\{[^}]+\}")
SAMPLE = "zzContractSample0001"
ACCESS = {
    frozenset({"bearer"}): "location",
    frozenset({"Location-Access"}): "location",
    frozenset({"Agency-Access"}): "agency",
    frozenset({"Agency-Access", "Location-Access"}): "either",
    frozenset({"Location-Access-Only"}): "location-only",
    frozenset({"Agency-Access-Only"}): "agency-only",
    frozenset({"Agency-Access-Only", "Location-Access-Only"}): "either-only",
    frozenset({"Agency-Access", "Location-Access-Only"}): "either",
    frozenset({"Location-Access", "Location-Access-Only"}): "location",
}


@dataclass(frozen=True)
class Published:
    """One published operation."""

    app: str
    method: str
    path: str
    told: dict[str, Any] = field(repr=False, hash=False, compare=False)
    document: dict[str, Any] = field(repr=False, hash=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def id(self) -> str:
        return str(self.told.get("operationId", ""))

    @property
    def template(self) -> str:
        """The path without the names of its parameters and the slash at its end."""
        return PARAMETER.sub("{}", self.path).rstrip("/")

    @property
    def access(self) -> str | None:
        """Our name of the classes of token, or None where none is published."""
        names = frozenset(name for one in self.told.get("security") or [] for name in one)
        return ACCESS.get(names - {"bearer"} or names)

    @property
    def scopes(self) -> set[str]:
        return {scope for one in self.told.get("security") or [] for scopes in one.values() for scope in scopes}

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.told.get("responses", {}) if status.startswith("2")}

    @cached_property
    def required_query(self) -> set[str]:
        parameters = [self.resolve(one) for one in self.told.get("parameters", [])]
        return {one["name"] for one in parameters if one.get("in") == "query" and one.get("required")}

    @cached_property
    def body_members(self) -> set[str]:
        """The members of the body, whichever form it is sent in."""
        found: set[str] = set()
        for media in (self.resolve(self.told.get("requestBody")).get("content") or {}).values():
            found |= set(self.members_of(media.get("schema") or {}))
        return found

    def members_of(self, schema: dict[str, Any]) -> Iterable[str]:
        schema = self.resolve(schema)
        yield from schema.get("properties") or {}
        for kind in ("allOf", "oneOf", "anyOf"):
            for one in schema.get(kind) or []:
                yield from self.members_of(one)

    def answer(self, status: int) -> dict[str, Any] | None:
        """The schema of the answer with that status, when it has one."""
        response = self.resolve(self.told.get("responses", {}).get(str(status)))
        for kind, media in (response.get("content") or {}).items():
            if "json" in kind and media.get("schema"):
                return self.resolve(media["schema"])
        return None

    def resolve(self, node: Any) -> dict[str, Any]:
        """`node`, or what it refers to; {} for what is missing."""
        for _ in range(20):
            if not isinstance(node, dict) or "$ref" not in node:
                break
            target: Any = self.document
            for part in node["$ref"].partition("#/")[2].split("/"):
                target = target.get(part.replace("~1", "/"), {}) if isinstance(target, dict) else {}
            node = target
        return node if isinstance(node, dict) else {}


def folder() -> Path | None:
    """Where the documents lie: HIGHLEVEL_CONTRACT, or beside the project; None where there are none."""
    chosen = os.environ.get("HIGHLEVEL_CONTRACT")
    found = Path(chosen) if chosen else Path(settings.ROOT).parent / "shared" / "contract" / "apps"
    return found if found.is_dir() else None


def published(where: Path) -> list[Published]:
    """All operations of a folder, by app and in the order of the documents."""
    common: dict[str, Any] = {}
    for path in sorted((where.parent / "common").glob("*.json")):
        common |= orjson.loads(path.read_bytes()).get("components", {}).get("schemas", {})
    found = []
    for path in sorted(where.glob("*.json")):
        document = orjson.loads(path.read_bytes())
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in common.items():
            schemas.setdefault(name, schema)
        for address, item in document.get("paths", {}).items():
            for method in METHODS:
                if method.lower() in item:
                    told = dict(item[method.lower()])
                    told["parameters"] = [*item.get("parameters", []), *told.get("parameters", [])]
                    found.append(Published(path.stem, method, address, told, document))
    return found


def our_tree() -> Tree:
    return next(one for one in get_resolver().url_patterns if isinstance(one, Tree))


def route_of(operation: Published) -> Route | None:
    """Our route of that very path, if it has that method."""
    found = our_tree().match(PARAMETER.sub(SAMPLE, operation.path)[1:])
    if found is None or PARAMETER.sub("{}", found[0].template) != operation.template:
        return None
    return found[0] if operation.method in found[0].operations else None


def unbuilt() -> set[str]:
    """The committed list of operations that are not built yet."""
    lines = UNBUILT.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}
