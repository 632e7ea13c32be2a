"""Routes of the API: a table, and a tree made of it that finds a path in as many steps as it has segments.

    routes = [
        route("contacts", Contacts, GET="get-contacts", POST="create-contact"),
        route("contacts/<id:contact>/notes", ContactNotes, GET="get-all-notes", POST="create-note"),
    ]

A trailing slash is optional and never redirected. A segment in angle brackets matches any text, for a malformed id is
an unknown id; its converter says what it is (`id`, `key`) to the reader only. Static segments win over parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import ResolverMatch, URLPattern
from django.urls.resolvers import RegexPattern

from api.errors import unknown_path
from api.resources import Resource, error_answer

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
LONGEST_PATH = 2000
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Route:
    path: str
    resource: type[Resource]
    operations: dict[str, str]  # method -> operation id
    view: View

    @cached_property
    def names(self) -> list[str]:
        return PARAMETER.findall(self.path)

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it: /contacts/{contact}/notes."""
        return "/" + PARAMETER.sub(r"{\1}", self.path)


@dataclass
class Node:
    static: dict[str, Node] = field(default_factory=dict)
    other: Node | None = None
    route: Route | None = None

    def find(self, segments: list[str], at: int, taken: list[str]) -> Route | None:
        if at == len(segments):
            return self.route
        below = self.static.get(segments[at])
        if below is not None:
            found = below.find(segments, at + 1, taken)
            if found is not None:
                return found
        if self.other is None:
            return None
        taken.append(segments[at])
        found = self.other.find(segments, at + 1, taken)
        if found is None:
            taken.pop()
        return found


ROUTES: list[Route] = []


def route(path: str, resource: type[Resource], **operations: str) -> Route:
    """One path and its operations: `GET="get-contact"` names the operation of that method.

    Raises:
        TypeError: the resource lacks a method that is named, or has one that is not.
    """
    path = path.strip("/")
    wanted, given = set(operations), set(resource.methods)
    if not operations or not wanted <= given:
        raise TypeError(f"{resource.__name__} has no {', '.join(sorted(wanted - given)) or 'operation'}")
    return Route(path, resource, operations, resource.view(operations))


class Tree(URLPattern):
    """All routes as one entry of `urlpatterns`. Paths it does not know get the API's 404, unless they are pages'."""

    def __init__(self, routes: Iterable[Route], pages: tuple[str, ...]) -> None:
        self.root = Node()
        self.pages = tuple(prefix.lstrip("/") for prefix in pages)
        super().__init__(RegexPattern(r"^(?!)"), unknown, None, "api")
        for one in routes:
            self.add(one)
            ROUTES.append(one)

    def add(self, one: Route) -> None:
        node = self.root
        for segment in one.path.split("/"):
            if PARAMETER.fullmatch(segment):
                node.other = node.other or Node()
                node = node.other
            else:
                node = node.static.setdefault(segment, Node())
        if node.route is not None:
            raise TypeError(f"{one.path} is routed twice")
        node.route = one

    def match(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path without its leading slash, and the values of its parameters."""
        segments = path.removesuffix("/").split("/")
        if segments[0] not in self.root.static or len(path) > LONGEST_PATH or "\x00" in path or "" in segments:
            return None
        taken: list[str] = []
        found = self.root.find(segments, 0, taken)
        return (found, dict(zip(found.names, taken, strict=True))) if found is not None else None

    def resolve(self, path: str) -> Any:
        found = self.match(path)
        if found is not None:
            one, values = found
            return ResolverMatch(one.view, (), values, route=one.path, captured_kwargs=values, extra_kwargs={})
        if not path or path.startswith(self.pages):
            return None
        return ResolverMatch(unknown, (), {}, route="", captured_kwargs={}, extra_kwargs={})


def unknown(request: HttpRequest) -> HttpResponse:
    """A path nobody has: a page for somebody who mistyped an address in a browser, JSON for programs."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        return render(request, "404.html", status=404)
    return error_answer(unknown_path(request))


unknown.csrf_exempt = True  # type: ignore[attr-defined]
unknown.ability = "public"  # type: ignore[attr-defined]


def tree(routes: Iterable[Route], pages: tuple[str, ...] = ()) -> Tree:
    """The routes as a URL pattern; `pages` are path prefixes whose unknown paths are not the API's to answer."""
    return Tree(routes, pages)
